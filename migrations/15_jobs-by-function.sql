-- Up Migration
-- What is done with one job by function: signal, cancel, retry, reprioritize, reschedule. They work for every queue of the registry, with
-- the rights of their owner, so that applications need no right on any table. New functions only.
--
-- Each has a form that takes the id as a text and one that takes it as it is: switchyard.cancel('orders', 7) and ('orders', '7').

-- Where the jobs of a queue are and what their columns and states are called.
CREATE TYPE switchyard.job_place AS (queue text, kind text, with_source boolean, job_table text, id_type text, columns jsonb, states jsonb);

CREATE FUNCTION switchyard.place_of(queue text) RETURNS switchyard.job_place
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known switchyard.queues := switchyard.known_queue(queue);
  place switchyard.job_place;
BEGIN
  place.queue := known.name;
  place.kind := known.kind;
  place.with_source := known.source IS NOT NULL;
  place.columns := '{"id": "id", "status": "status", "runId": "run_id", "attempt": "attempt", "runAt": "run_at", "priority": "priority",
                     "cancelRequestedAt": "cancel_requested_at"}'::jsonb || known.columns;
  place.states := '{"waiting": "queued", "inFlight": "processing", "complete": "complete", "failed": "failed",
                    "canceled": "canceled"}'::jsonb || known.states;
  SELECT format('%I.%I', nspname, relname), format_type(atttypid, atttypmod) INTO place.job_table, place.id_type
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_attribute ON attrelid = pg_class.oid AND attname = place.columns ->> 'id' AND NOT attisdropped
   WHERE nspname || '.' || relname = known.job_table;
  IF NOT FOUND THEN
    PERFORM switchyard.refuse('42P01', format('the job table %s of the queue "%s" is gone', known.job_table, queue),
      format('Restore it, or remove the queue with SELECT switchyard.drop_queue(%L).', queue));
  END IF;
  RETURN place;
END
$$;
REVOKE ALL ON FUNCTION switchyard.place_of FROM PUBLIC;

-- An id as the job table writes it.
CREATE FUNCTION switchyard.id_of_job(place switchyard.job_place, id text) RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  job_id text;
BEGIN
  EXECUTE format('SELECT $1::%s::text', place.id_type) INTO job_id USING id;
  RETURN job_id;
EXCEPTION
  WHEN invalid_text_representation OR numeric_value_out_of_range THEN
    PERFORM switchyard.refuse('22P02', format('"%s" is no id of a job of the queue "%s"', left(id, 100), place.queue),
      format('Its ids are of type %s.', place.id_type));
END
$$;
REVOKE ALL ON FUNCTION switchyard.id_of_job FROM PUBLIC;

-- The state that a word of the table stands for, in the words of job_events; `other`: one of the table's own.
CREATE FUNCTION switchyard.state_of_job(place switchyard.job_place, word text) RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT CASE role.key WHEN 'waiting' THEN 'queued' WHEN 'inFlight' THEN 'processing' ELSE role.key END
                     FROM jsonb_each_text(($1).states) AS role WHERE role.value = $2), 'other')
$$;
REVOKE ALL ON FUNCTION switchyard.state_of_job FROM PUBLIC;

-- A job as it is: its id as the table writes it, its state in the words of job_events (`other`: one of the table's own), its own word.
CREATE FUNCTION switchyard.job_at(place switchyard.job_place, id text, OUT job_id text, OUT status text, OUT word text, OUT attempt integer, OUT run_id text)
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known_id text := switchyard.id_of_job(place, id);
  found_rows integer;
BEGIN
  EXECUTE format('SELECT %1$I::text, %2$I::text, least(coalesce(%3$I, 0), 2147483647)::integer, %4$I::text FROM %5$s WHERE %1$I = $1::%6$s',
                 place.columns ->> 'id', place.columns ->> 'status', place.columns ->> 'attempt', place.columns ->> 'runId',
                 place.job_table, place.id_type)
    INTO job_id, word, attempt, run_id USING known_id;
  GET DIAGNOSTICS found_rows = ROW_COUNT;
  IF found_rows = 0 THEN
    PERFORM switchyard.refuse('P0002', format('the queue "%s" has no job %s', place.queue, coalesce(left(id, 100), 'NULL')),
      CASE WHEN place.with_source THEN 'A row becomes a job when its start_when becomes true; rows from before: CALL switchyard.enqueue_existing.'
           ELSE '' END);
  END IF;
  status := switchyard.state_of_job(place, word);
END
$$;
REVOKE ALL ON FUNCTION switchyard.job_at FROM PUBLIC;

-- Sets one column of a job that waits; else says that it does not.
CREATE FUNCTION switchyard.change_waiting_job(queue text, id text, role text, value text, done text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place switchyard.job_place := switchyard.place_of(queue);
  job record := switchyard.job_at(place, id);
  changed integer;
BEGIN
  EXECUTE format('UPDATE %s SET %I = %L WHERE %I = $1::%s AND %I = %L', place.job_table, place.columns ->> role, value,
                 place.columns ->> 'id', place.id_type, place.columns ->> 'status', place.states ->> 'waiting')
    USING job.job_id;
  GET DIAGNOSTICS changed = ROW_COUNT;
  IF changed = 0 THEN
    job := switchyard.job_at(place, id);
    PERFORM switchyard.refuse('55000', format('job %s of the queue "%s" can no longer be %s: it is %s', job.job_id, queue, done, job.word),
      'Only a job that is queued can.');
  END IF;
END
$$;
REVOKE ALL ON FUNCTION switchyard.change_waiting_job FROM PUBLIC;

CREATE FUNCTION switchyard.cancel_job(queue text, id text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place switchyard.job_place := switchyard.place_of(queue);
  job record := switchyard.job_at(place, id);
BEGIN
  EXECUTE format('UPDATE %s SET %I = clock_timestamp() WHERE %I = $1::%s AND %I::text = ANY ($2) AND %2$I IS NULL', place.job_table,
                 place.columns ->> 'cancelRequestedAt', place.columns ->> 'id', place.id_type, place.columns ->> 'status')
    USING job.job_id, ARRAY[place.states ->> 'waiting', place.states ->> 'inFlight', place.states ->> 'parked'];
  job := switchyard.job_at(place, id);
  RETURN CASE job.status WHEN 'other' THEN job.word ELSE job.status END;
END
$$;
REVOKE ALL ON FUNCTION switchyard.cancel_job FROM PUBLIC;

-- Makes a job that could not be made of its row, of the row as it is now. Does nothing where the row is gone. One that ran keeps its
-- workflow id.
CREATE FUNCTION switchyard.renew_input(queue switchyard.queues, job_id text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  has_problem boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_class WHERE oid = queue.source) THEN
    RETURN;
  END IF;
  EXECUTE format('SELECT input_problem IS NOT NULL FROM switchyard_jobs.%I WHERE id = $1::%s', queue.name, queue.id_type) INTO has_problem USING job_id;
  IF has_problem THEN
    EXECUTE format('UPDATE switchyard_jobs.%I AS job SET input = made.input, input_problem = made.input_problem, search_attributes = made.search_attributes,
                           key = made.key, priority = made.priority, run_at = made.run_at,
                           workflow_id = CASE WHEN job.run_id IS NULL THEN made.workflow_id ELSE job.workflow_id END
                      FROM switchyard_jobs.%I($1) AS made WHERE job.id = $1::%s AND made.id IS NOT NULL',
                   queue.name, queue.name || '_again', queue.id_type) USING job_id;
  END IF;
END
$$;
REVOKE ALL ON FUNCTION switchyard.renew_input FROM PUBLIC;

-- Without an input the job keeps its own; where that could not be made of its row, it is made of the row as it is now.
CREATE FUNCTION switchyard.retry_job(queue text, id text, input jsonb) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known switchyard.queues := switchyard.known_queue(queue);
  place switchyard.job_place := switchyard.place_of(queue);
  job record := switchyard.job_at(place, id);
  changed integer;
BEGIN
  IF input IS NOT NULL AND known.kind <> 'watched' THEN
    PERFORM switchyard.refuse('22023', format('the queue "%s" takes no other input: its jobs are rows of %s', queue, known.job_table),
      'Change the row, and call retry without an input.');
  END IF;
  EXECUTE format('UPDATE %s SET %I = %L, %I = NULL WHERE %I = $1::%s AND %2$I::text = ANY ($2)', place.job_table,
                 place.columns ->> 'status', place.states ->> 'waiting', place.columns ->> 'runAt', place.columns ->> 'id', place.id_type)
    USING job.job_id, ARRAY[place.states ->> 'complete', place.states ->> 'failed', place.states ->> 'canceled'];
  GET DIAGNOSTICS changed = ROW_COUNT;
  job := switchyard.job_at(place, id);
  IF changed = 0 THEN
    PERFORM switchyard.refuse('55000', format('job %s of the queue "%s" cannot be retried: it is %s', job.job_id, queue, job.word),
      'Only a job that has ended can: cancel it first, and retry it when it is canceled.');
  END IF;
  IF input IS NOT NULL THEN
    EXECUTE format('UPDATE switchyard_jobs.%I SET input = $2, input_problem = $3 WHERE id = $1::%s', known.name, known.id_type)
      USING job.job_id, input, switchyard.problem_of_input(input, known.input_is_args);
  ELSE
    PERFORM switchyard.renew_input(known, job.job_id);
  END IF;
  RETURN CASE job.status WHEN 'other' THEN job.word ELSE job.status END;
END
$$;
REVOKE ALL ON FUNCTION switchyard.retry_job FROM PUBLIC;

CREATE FUNCTION switchyard.reprioritize_job(queue text, id text, priority integer) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT switchyard.change_waiting_job($1, $2, 'priority', coalesce($3, 0)::text, 'moved')
$$;
REVOKE ALL ON FUNCTION switchyard.reprioritize_job FROM PUBLIC;

CREATE FUNCTION switchyard.reschedule_job(queue text, id text, run_at timestamptz) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT switchyard.change_waiting_job($1, $2, 'runAt', CASE WHEN $3 > clock_timestamp() THEN $3::text END, 'rescheduled')
$$;
REVOKE ALL ON FUNCTION switchyard.reschedule_job FROM PUBLIC;

-- Writes a signal for the starter to deliver; answers its id. To a job that has ended it is written as failed, and an event says so.
CREATE FUNCTION switchyard.signal_job(queue text, id text, name text, args jsonb) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place switchyard.job_place := switchyard.place_of(queue);
  job record := switchyard.job_at(place, id);
  why text;
  signal_id bigint;
BEGIN
  IF coalesce(name, '') = '' OR octet_length(name) > 1000 THEN
    PERFORM switchyard.refuse('22023', format('a signal of job %s of the queue "%s" has no name that Temporal takes', job.job_id, queue),
      'It has 1 to 1000 bytes.');
  ELSIF jsonb_typeof(args) IS DISTINCT FROM 'array' THEN
    PERFORM switchyard.refuse('22023', format('the arguments of the signal "%s" must be a JSON array', left(name, 100)),
      'For the one argument of a signal call switchyard.signal.');
  END IF;
  why := switchyard.problem_of_input(args, true);
  IF why IS NOT NULL THEN
    PERFORM switchyard.refuse('22023', format('the signal "%s" cannot be sent: %s', left(name, 100), why), 'Pass such a number as a text.');
  END IF;
  why := CASE WHEN job.status IN ('complete', 'failed', 'canceled') THEN format('the job has ended: it is %s', job.word) END;
  INSERT INTO switchyard.signals AS sent (queue, job_id, name, args, status, error, ended_at)
  VALUES ($1, job.job_id, $3, $4, CASE WHEN why IS NULL THEN 'waiting' ELSE 'failed' END, why, CASE WHEN why IS NOT NULL THEN clock_timestamp() END)
  RETURNING sent.id INTO signal_id;
  IF why IS NOT NULL THEN
    INSERT INTO switchyard.job_events (queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail)
    VALUES ($1, job.job_id, job.attempt, job.status, job.status, job.run_id, switchyard.actor(), 'SIGNAL_FAILED', format('signal "%s": %s', left($3, 100), why));
  END IF;
  RETURN signal_id;
END
$$;
REVOKE ALL ON FUNCTION switchyard.signal_job FROM PUBLIC;

-- The words that applications use. They call those above, whose rights are granted to switchyard_client.
CREATE FUNCTION switchyard.signal_args(queue text, id text, name text, args jsonb) RETURNS bigint
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.signal_job($1, $2, $3, $4) $$;
CREATE FUNCTION switchyard.signal_args(queue text, id anyelement, name text, args jsonb) RETURNS bigint
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.signal_job($1, $2::text, $3, $4) $$;

-- SQL's NULL is no argument; the JSON null is one.
CREATE FUNCTION switchyard.signal(queue text, id text, name text, arg jsonb DEFAULT NULL) RETURNS bigint
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT switchyard.signal_job($1, $2, $3, CASE WHEN $4 IS NULL THEN '[]' ELSE jsonb_build_array($4) END)
$$;
CREATE FUNCTION switchyard.signal(queue text, id anyelement, name text, arg jsonb DEFAULT NULL) RETURNS bigint
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT switchyard.signal_job($1, $2::text, $3, CASE WHEN $4 IS NULL THEN '[]' ELSE jsonb_build_array($4) END)
$$;

-- A waiting job becomes canceled at once; for one that runs the starter asks Temporal. Answers its status after that.
CREATE FUNCTION switchyard.cancel(queue text, id text) RETURNS text
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.cancel_job($1, $2) $$;
CREATE FUNCTION switchyard.cancel(queue text, id anyelement) RETURNS text
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.cancel_job($1, $2::text) $$;

-- A job that has ended waits again, for another attempt; with another input where one is given. Answers its status after that.
CREATE FUNCTION switchyard.retry(queue text, id text, input jsonb DEFAULT NULL) RETURNS text
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.retry_job($1, $2, $3) $$;
CREATE FUNCTION switchyard.retry(queue text, id anyelement, input jsonb DEFAULT NULL) RETURNS text
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.retry_job($1, $2::text, $3) $$;

-- Lower numbers go first.
CREATE FUNCTION switchyard.reprioritize(queue text, id text, priority integer) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.reprioritize_job($1, $2, $3) $$;
CREATE FUNCTION switchyard.reprioritize(queue text, id anyelement, priority integer) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.reprioritize_job($1, $2::text, $3) $$;

-- NULL, or a time that is over: now.
CREATE FUNCTION switchyard.reschedule(queue text, id text, run_at timestamptz) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.reschedule_job($1, $2, $3) $$;
CREATE FUNCTION switchyard.reschedule(queue text, id anyelement, run_at timestamptz) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.reschedule_job($1, $2::text, $3) $$;

-- They add no right to those of the functions that they call. Said, as a database may take what is new from PUBLIC.
GRANT EXECUTE ON FUNCTION
  switchyard.signal_args(text, text, text, jsonb), switchyard.signal_args(text, anyelement, text, jsonb),
  switchyard.signal(text, text, text, jsonb), switchyard.signal(text, anyelement, text, jsonb),
  switchyard.cancel(text, text), switchyard.cancel(text, anyelement),
  switchyard.retry(text, text, jsonb), switchyard.retry(text, anyelement, jsonb),
  switchyard.reprioritize(text, text, integer), switchyard.reprioritize(text, anyelement, integer),
  switchyard.reschedule(text, text, timestamptz), switchyard.reschedule(text, anyelement, timestamptz) TO PUBLIC;

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest('{client,api}'::text[]), 'EXECUTE', 'FUNCTION switchyard.' || name
  FROM unnest('{signal_job,cancel_job,retry_job,reprioritize_job,reschedule_job}'::text[]) AS name;
