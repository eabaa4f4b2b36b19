-- Up Migration
-- The triggers of a table whose rows are jobs, and how they get onto it without holding up its writers. New functions only.
--
-- The functions of the triggers stand in the schema switchyard_jobs and belong to the table's owner, with whose rights they run: a writer
-- needs no right on anything of ours. They see the search_path that add_queue was called with.

-- Without the column of the id there are no jobs of the rows, and no writer goes on as if there were.
CREATE FUNCTION switchyard.check_id_is_there(queue text, source oid, id text) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = id AND attnum > 0 AND NOT attisdropped) THEN
    PERFORM switchyard.refuse('42703', format('%s has no column "%s" any more, by which its rows are jobs of the queue "%s"', source::regclass, id, queue),
      format('If it has got another name: SELECT switchyard.alter_queue(%1$L, ''{"id": "…"}''). Else remove the queue: SELECT switchyard.drop_queue(%1$L).', queue));
  END IF;
END
$$;

-- Makes one of the functions, the table owner's own. `body` is PL/pgSQL. Rows are written as texts where expressions fail: not by the
-- settings of the writer's session, so that they can be read again.
CREATE FUNCTION switchyard.create_source_function(queue switchyard.queues, name text, arguments text, returns text, path text, body text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  function text := format('switchyard_jobs.%I(%s)', queue.name || '_' || name, arguments);
BEGIN
  EXECUTE format('CREATE FUNCTION %s RETURNS %s LANGUAGE plpgsql SECURITY DEFINER SET search_path = %s SET datestyle = %L '
                 'SET intervalstyle = %L SET extra_float_digits = 1 AS %L', function, returns, path, 'ISO, MDY', 'postgres', body);
  EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', function);
  IF queue.owner_role <> current_user THEN
    EXECUTE format('ALTER FUNCTION %s OWNER TO %I', function, queue.owner_role);
  END IF;
END
$$;

-- For the retry of a job whose input could not be made: its row as it is now, whatever start_when says.
CREATE FUNCTION switchyard.create_again_function(queue switchyard.queues, path text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  steps jsonb := switchyard.steps_of(queue, path);
BEGIN
  PERFORM switchyard.create_source_function(queue, 'again', 'job_id text', 'switchyard.new_job', path, format($body$
    DECLARE
      made switchyard.new_job;
    BEGIN
      EXECUTE format('SELECT (again.job).* FROM (SELECT switchyard.job_by_steps($1, ROW(source.*)::text, NULL) AS job FROM %%s AS source WHERE source.%%I = $2::%1$s OFFSET 0) AS again',
                     (SELECT source FROM switchyard.queues WHERE name = %2$L), %3$L)
        INTO made USING %4$L::jsonb, job_id;
      RETURN made;
    END
    $body$, queue.id_type, queue.name, queue.source_id, steps || jsonb_build_object('steps', (steps -> 'steps') - 0)));
  EXECUTE format('ALTER FUNCTION switchyard_jobs.%I(text) SET row_security = off', queue.name || '_again');
  EXECUTE format('GRANT EXECUTE ON FUNCTION switchyard_jobs.%I(text) TO %I', queue.name || '_again',
                 (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'switchyard'));
END
$$;

-- For enqueue_existing: one batch of the rows behind an id, those without a job for which a condition holds. The rows are locked against
-- being deleted until their jobs are committed, so that none outlives its row.
CREATE FUNCTION switchyard.create_existing_function(queue switchyard.queues, path text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create_existing_function$
DECLARE
  page text := format(
    '(SELECT * FROM {switchyard: source} AS new WHERE ($1 IS NULL OR new.%1$I > $1::%2$s) AND new.%1$I <= $2::%2$s AND ({switchyard: condition}) AND NOT EXISTS (SELECT FROM switchyard_jobs.%3$I AS job WHERE job.id = new.%1$I) ORDER BY new.%1$I FOR KEY SHARE)',
    queue.source_id, queue.id_type, queue.name);
BEGIN
  PERFORM switchyard.create_source_function(queue, 'existing',
    'after_id text, condition text, batch integer, OUT last_id text, OUT added bigint', 'record', path, format($body$
    DECLARE
      jobs switchyard.new_job[];
      source text := (SELECT source FROM switchyard.queues WHERE name = %7$L);
    BEGIN
      EXECUTE format('SELECT page.id::text FROM (SELECT source.%%1$I AS id FROM %%2$s AS source WHERE $1 IS NULL OR source.%%1$I > $1::%1$s ORDER BY source.%%1$I LIMIT $2) AS page
                       ORDER BY page.id DESC LIMIT 1', %2$L, source)
         INTO last_id USING after_id, batch;
      IF last_id IS NULL THEN
        RETURN;
      END IF;
      BEGIN
        EXECUTE 'SELECT array_agg(ROW(job.*)::switchyard.new_job) FROM (' || replace(replace(%3$L, '{switchyard: source}', source), '{switchyard: condition}', condition) || ') AS job' INTO jobs USING after_id, last_id;
      EXCEPTION WHEN OTHERS THEN
        IF switchyard.is_passing_error(SQLSTATE) THEN RAISE; END IF;
        EXECUTE 'SELECT array_agg(switchyard.job_by_steps($3, ROW(source.*)::text, NULL)) FROM ' || replace(replace(%4$L, '{switchyard: source}', source), '{switchyard: condition}', condition) || ' AS source'
          INTO jobs USING after_id, last_id, %5$L::jsonb;
      END;
      added := switchyard_jobs.%6$I(coalesce(jobs, '{}'));
    END
    $body$, queue.id_type, queue.source_id, switchyard.job_query(queue, page), page, switchyard.steps_of(queue, path), queue.name || '_add', queue.name));
  -- Where row-level security would hide rows from the owner it is an error, not a table with fewer rows.
  EXECUTE format('ALTER FUNCTION switchyard_jobs.%I(text, text, integer) SET row_security = off', queue.name || '_existing');
END
$create_existing_function$;

CREATE FUNCTION switchyard.create_source_functions(of_queue text, path text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create_source_functions$
DECLARE
  queue switchyard.queues;
BEGIN
  SELECT * INTO STRICT queue FROM switchyard.queues AS each WHERE each.name = of_queue;
  PERFORM switchyard.create_source_function(queue, 'add', 'jobs switchyard.new_job[]', 'bigint', path, format($body$
    DECLARE
      added bigint;
    BEGIN
      INSERT INTO switchyard_jobs.%1$I (id, workflow_id, input, input_problem, headers, search_attributes, key, priority, run_at)
      SELECT job.id::%2$s, job.workflow_id, job.input, job.input_problem, trace.headers, job.search_attributes, job.key, job.priority, job.run_at
        FROM unnest(jobs) AS job, switchyard.trace_context() AS trace (headers)
       WHERE job.id IS NOT NULL
      ON CONFLICT (id) DO NOTHING;
      GET DIAGNOSTICS added = ROW_COUNT;
      RETURN added;
    END
    $body$, queue.name, queue.id_type));

  -- The block writes nothing where a statement has few rows, so that it costs the writer's transaction no subtransaction id.
  PERFORM switchyard.create_source_function(queue, name, '', 'trigger', path, format($body$
    #variable_conflict use_column
    DECLARE
      made switchyard.new_job;
      jobs switchyard.new_job[] := '{}';
      failed boolean := false;
      row_text text;
      before_text text;
    BEGIN
      BEGIN
        FOR made IN%1$s
        LOOP
          jobs := jobs || made;
          IF cardinality(jobs) = 100 THEN
            PERFORM switchyard_jobs.%2$I(jobs);
            jobs := '{}';
          END IF;
        END LOOP;
      EXCEPTION WHEN OTHERS THEN
        IF switchyard.is_passing_error(SQLSTATE) THEN RAISE; END IF;
        failed := true;
      END;
      IF failed THEN
        PERFORM switchyard.check_id_is_there(%5$L, TG_RELID, %6$L);
        jobs := '{}';
        FOR row_text, before_text IN%3$s
        LOOP
          jobs := jobs || switchyard.job_by_steps(%4$L, row_text, before_text);
          IF cardinality(jobs) = 100 THEN
            PERFORM switchyard_jobs.%2$I(jobs);
            jobs := '{}';
          END IF;
        END LOOP;
      END IF;
      IF jobs <> '{}' THEN
        PERFORM switchyard_jobs.%2$I(jobs);
      END IF;
      RETURN NULL;
    END
    $body$, switchyard.job_query(queue, 'switchyard_rows', also), queue.name || '_add', rows,
            switchyard.steps_of(queue, path), queue.name, queue.source_id))
    FROM (VALUES
      ('inserted', 'true', $rows$ SELECT ROW(source.*)::text, NULL FROM switchyard_rows AS source$rows$),
      -- Not true before. A row whose id was changed with it had another job.
      ('updated',
       format('new.%1$I IN (SELECT new.%1$I FROM switchyard_rows_before AS new WHERE (%2$s) IS NOT TRUE)', queue.source_id,
              (SELECT expression || E'\n' FROM switchyard.expressions_of(queue) WHERE what = 'start_when')),
       format(' SELECT ROW(source.*)::text, ROW(earlier.*)::text
                  FROM switchyard_rows AS source JOIN switchyard_rows_before AS earlier ON earlier.%1$I = source.%1$I', queue.source_id))
    ) AS event (name, also, rows)
   WHERE name = 'inserted' OR queue.start_when IS NOT NULL;

  PERFORM switchyard.create_source_function(queue, name, '', 'trigger', path, format($body$
    DECLARE
      detail text := coalesce(current_setting('switchyard.detail', true), '');
    BEGIN
      PERFORM switchyard.check_id_is_there(%4$L, TG_RELID, %5$L);
      PERFORM set_config('switchyard.detail', %2$L, true);
      UPDATE switchyard_jobs.%1$I AS job SET cancel_requested_at = clock_timestamp()
       WHERE job.status IN ('queued', 'processing') AND job.cancel_requested_at IS NULL AND %3$s;
      PERFORM set_config('switchyard.detail', detail, true);
      RETURN NULL;
    END
    $body$, queue.name, detail, condition, queue.name, queue.source_id))
    FROM (VALUES
      ('deleted', 'its row was deleted', format('job.id IN (SELECT source.%I FROM switchyard_rows AS source)', queue.source_id)),
      ('truncated', 'its table was truncated', 'true')
    ) AS event (name, detail, condition);
  PERFORM switchyard.create_existing_function(queue, path);
  PERFORM switchyard.create_again_function(queue, path);
END
$create_source_functions$;

CREATE FUNCTION switchyard.create_source_triggers(of_queue text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  queue switchyard.queues;
  event record;
BEGIN
  SELECT * INTO STRICT queue FROM switchyard.queues AS each WHERE each.name = of_queue;
  FOR event IN
    SELECT * FROM (VALUES
      ('inserted', 'INSERT', 'REFERENCING NEW TABLE AS switchyard_rows'),
      ('updated', 'UPDATE', 'REFERENCING OLD TABLE AS switchyard_rows_before NEW TABLE AS switchyard_rows'),
      ('deleted', 'DELETE', 'REFERENCING OLD TABLE AS switchyard_rows'),
      ('truncated', 'TRUNCATE', '')
    ) AS list (name, event, tables)
     WHERE name <> 'updated' OR queue.start_when IS NOT NULL
  LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION switchyard_jobs.%I()',
                   'switchyard_' || queue.name || '_' || event.name, event.event, queue.source, event.tables, queue.name || '_' || event.name);
  END LOOP;
END
$$;

-- Who holds a lock on these tables that is in the way of ours; in words for an error.
CREATE FUNCTION switchyard.holders_of(tables regclass[]) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(DISTINCT coalesce(format('pid %s (%s, %s, %s since %s)', held.pid, usename, coalesce(nullif(application_name, ''), backend_type), state,
                                             date_trunc('second', xact_start)), 'pid ' || held.pid, 'a prepared transaction'), '; ')
    FROM pg_locks AS held LEFT JOIN pg_stat_activity AS session ON session.pid = held.pid
   WHERE held.relation = ANY ($1) AND held.granted AND held.pid IS DISTINCT FROM pg_backend_pid()
     AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
$$;

-- Locks tables without holding up their writers: whoever comes after a waiting lock waits behind it, so it waits a moment only, lets them
-- by, and tries again, for as long as the setting switchyard.lock_wait says, which is 30 s.
CREATE FUNCTION switchyard.lock_patiently(tables regclass[], mode text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  patience interval := coalesce(nullif(current_setting('switchyard.lock_wait', true), ''), '30 s');
  give_up_at timestamptz := clock_timestamp() + patience;
  timeout text := current_setting('lock_timeout');
  name regclass;
  holders text;
BEGIN
  LOOP
    BEGIN
      PERFORM set_config('lock_timeout', '80ms', true);
      FOREACH name IN ARRAY tables LOOP
        EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', name, mode);
      END LOOP;
      PERFORM set_config('lock_timeout', timeout, true);
      RETURN;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      holders := switchyard.holders_of(tables);
    END;
    IF clock_timestamp() > give_up_at THEN
      PERFORM switchyard.refuse('55P03', format('no lock on %s within %s: %s', array_to_string(tables, ', '), patience,
          coalesce('it is held by ' || holders, 'other sessions came in between')),
        'Wait for them to end, or end them with pg_terminate_backend, and call it again. SET switchyard.lock_wait = ''5min'' waits longer.');
    END IF;
    PERFORM pg_sleep(0.1 + random() * 0.2);
  END LOOP;
END
$$;
