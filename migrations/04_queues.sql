-- Up Migration
-- What makes a table a job table: its triggers.

-- Makes a job table a queue's: its transitions are checked and recorded, starters are woken, cancelling by row works.
-- `columns` and `states` name what the table calls otherwise, by the roles of src/queues/definition.ts.
--
-- A table may have states of its own (`draft`, `archived`): those are the application's business, which moves rows between them,
-- into `queued` and out of it, and away from an end, as it likes. Events know them as `other`, with the words in the detail.
CREATE FUNCTION switchyard.add_queue(queue text, job_table regclass, columns jsonb DEFAULT '{}', states jsonb DEFAULT '{}')
  RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $add_queue$
DECLARE
  role text;
  name text;
  words text := '';
  code text := $template$
    CREATE FUNCTION switchyard.{before_update}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
      -- A row in a state of the table's own that was canceled before it went there has ended too.
      IF NEW.{status} = {=waiting}
         AND ({word of OLD} IN ('complete', 'failed', 'canceled')
              OR {word of OLD} = 'other' AND OLD.{canceledAt} IS NOT NULL) THEN
        NEW.{cancelRequestedAt} := NULL;
        NEW.{canceledAt} := NULL;
      END IF;
      IF NEW.{status} = {=waiting} AND NEW.{cancelRequestedAt} IS NOT NULL THEN
        NEW.{status} := {=canceled};
      END IF;
      IF NEW.{status} = {=canceled} AND OLD.{status} IS DISTINCT FROM NEW.{status} AND NEW.{canceledAt} IS NULL THEN
        NEW.{canceledAt} := clock_timestamp();
      END IF;
      IF OLD.{status} IS DISTINCT FROM NEW.{status}
         AND NOT switchyard.is_legal_transition({word of OLD}, {word of NEW}) THEN
        RAISE EXCEPTION 'job % of queue {queue} cannot go from % to %', OLD.{id}, OLD.{status}, NEW.{status}
          USING ERRCODE = 'check_violation', CONSTRAINT = 'switchyard_legal_transition',
                HINT = switchyard.way_out_of_transition({word of OLD}, {word of NEW});
      END IF;
      RETURN NEW;
    END
    $body$;

    CREATE FUNCTION switchyard.{after_update}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
    DECLARE
      canceling boolean := NEW.{status} = {=inFlight} AND NEW.{cancelRequestedAt} IS NOT NULL
                           AND OLD.{cancelRequestedAt} IS NULL;
    BEGIN
      IF {word of OLD} = 'other' AND {word of NEW} = 'other' THEN
        RETURN NULL;
      END IF;
      IF OLD.{status} IS DISTINCT FROM NEW.{status} OR OLD.{runId} IS DISTINCT FROM NEW.{runId} OR canceling THEN
        INSERT INTO switchyard.job_events (queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail)
        VALUES (
          {=queue}, NEW.{id}::text, {attempt of NEW}, {word of OLD}, {word of NEW}, NEW.{runId}, switchyard.actor(),
          CASE WHEN canceling THEN 'CANCEL_REQUESTED'
               ELSE coalesce(NEW.{errorCode}::text, nullif(current_setting('switchyard.code', true), '')) END,
          coalesce(NEW.{errorMessage}::text, nullif(current_setting('switchyard.detail', true), ''),
                   CASE WHEN 'other' IN ({word of OLD}, {word of NEW})
                        THEN concat(coalesce(OLD.{status}::text, 'NULL'), ' → ', coalesce(NEW.{status}::text, 'NULL')) END)
        );
      END IF;
      IF canceling THEN
        PERFORM switchyard.ring_for_signal({=queue});
      ELSIF NEW.{status} = {=waiting} THEN
        PERFORM switchyard.ring({=queue}, NEW.{runAt} IS NOT NULL);
      END IF;
      RETURN NULL;
    END
    $body$;

    CREATE FUNCTION switchyard.{after_insert}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
      INSERT INTO switchyard.job_events (queue, job_id, attempt, to_status, run_id, actor)
      SELECT {=queue}, job.{id}::text, {attempt of job}, {word of job}, job.{runId}, switchyard.actor()
        FROM inserted AS job;
      PERFORM switchyard.ring({=queue}, EXISTS (SELECT FROM inserted AS job WHERE job.{runAt} IS NOT NULL));
      RETURN NULL;
    END
    $body$;

    CREATE TRIGGER switchyard_before_update BEFORE UPDATE ON {table} FOR EACH ROW
      WHEN (OLD.{status} IS DISTINCT FROM NEW.{status} OR NEW.{cancelRequestedAt} IS NOT NULL)
      EXECUTE FUNCTION switchyard.{before_update}();
    CREATE TRIGGER switchyard_after_update AFTER UPDATE ON {table} FOR EACH ROW
      WHEN (OLD.{status} IS DISTINCT FROM NEW.{status} OR OLD.{runId} IS DISTINCT FROM NEW.{runId}
            OR OLD.{cancelRequestedAt} IS DISTINCT FROM NEW.{cancelRequestedAt}
            OR OLD.{runAt} IS DISTINCT FROM NEW.{runAt})
      EXECUTE FUNCTION switchyard.{after_update}();
    CREATE TRIGGER switchyard_after_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS inserted
      FOR EACH STATEMENT EXECUTE FUNCTION switchyard.{after_insert}();
  $template$;
BEGIN
  columns := '{"id": "id", "status": "status", "runId": "run_id", "attempt": "attempt", "runAt": "run_at",
               "cancelRequestedAt": "cancel_requested_at", "canceledAt": "canceled_at",
               "errorCode": "error_code", "errorMessage": "error_message"}'::jsonb || columns;
  states := '{"waiting": "queued", "inFlight": "processing", "complete": "complete", "failed": "failed",
              "canceled": "canceled"}'::jsonb || states;
  FOR role, name IN SELECT * FROM jsonb_each_text(states) LOOP
    words := words || format(' WHEN %L THEN %L', name,
      CASE role WHEN 'waiting' THEN 'queued' WHEN 'inFlight' THEN 'processing' ELSE role END);
  END LOOP;
  FOREACH role IN ARRAY ARRAY['OLD', 'NEW', 'job'] LOOP
    code := replace(code, '{word of ' || role || '}', format('(CASE %s.{status}::text %s ELSE ''other'' END)', role, words));
    code := replace(code, '{attempt of ' || role || '}', format('least(coalesce(%s.{attempt}, 0), 2147483647)::integer', role));
  END LOOP;
  FOR role, name IN SELECT * FROM jsonb_each_text(columns) LOOP
    code := replace(code, '{' || role || '}', quote_ident(name));
  END LOOP;
  FOR role, name IN SELECT * FROM jsonb_each_text(states || jsonb_build_object('queue', queue)) LOOP
    code := replace(code, '{=' || role || '}', quote_literal(name));
  END LOOP;
  FOREACH role IN ARRAY ARRAY['before_update', 'after_update', 'after_insert'] LOOP
    code := replace(code, '{' || role || '}', quote_ident(queue || '_' || role));
  END LOOP;
  code := replace(code, '{queue}', replace(replace(queue, '''', ''''''), '%', '%%'));
  EXECUTE replace(code, '{table}', job_table::text);
END
$add_queue$;

-- For job tables that say when they were last changed: BEFORE UPDATE, FOR EACH ROW.
CREATE FUNCTION switchyard.touch_updated_at() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;
