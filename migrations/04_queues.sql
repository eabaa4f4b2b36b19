-- Up Migration
-- The registry of all queues, and what makes a table a job table: its triggers.

-- A fenced queue's workflows begin and complete their rows themselves; the code of an application defines it, and the registry only
-- knows its table. A watched queue is defined by its row here alone: see create_queue and add_queue.
CREATE TABLE switchyard.queues (
  name              text        PRIMARY KEY,
  kind              text        NOT NULL,
  job_table         text        NOT NULL,
  columns           jsonb       NOT NULL DEFAULT '{}',
  states            jsonb       NOT NULL DEFAULT '{}',
  owner_role        text        NOT NULL DEFAULT current_user,
  created_by        text        NOT NULL DEFAULT switchyard.actor(),
  created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),

  id_type           text,
  workflow          text,
  task_queue        text,
  input_is_args     boolean     NOT NULL DEFAULT false,
  execution_timeout interval,
  run_timeout       interval,
  max_in_flight     integer,
  max_per_key       integer,
  fair              boolean     NOT NULL DEFAULT true,

  source            regclass,
  source_id         text,
  start_when        text,
  input             text,
  workflow_id       text,
  key               text,
  priority          text,
  run_at            text,
  search_attributes text,
  mirror            jsonb,

  CONSTRAINT queues_kind_known CHECK (kind IN ('fenced', 'watched')),
  CONSTRAINT queues_watched_is_whole CHECK (
    kind <> 'watched' OR (id_type IN ('uuid', 'bigint', 'integer', 'text') AND workflow <> '' AND task_queue <> '')),
  CONSTRAINT queues_source_has_id CHECK ((source IS NULL) = (source_id IS NULL)),
  CONSTRAINT queues_limits_not_negative CHECK (max_in_flight >= 0 AND max_per_key >= 0),
  CONSTRAINT queues_timeouts_positive CHECK (execution_timeout > interval '0' AND run_timeout > interval '0')
);

COMMENT ON TABLE switchyard.queues IS 'All queues; changed by create_queue, add_queue, drop_queue and add_job_table alone';
COMMENT ON COLUMN switchyard.queues.job_table IS 'schema.table of the jobs, without quotes';
COMMENT ON COLUMN switchyard.queues.owner_role IS 'The database role with whose rights its triggers run, and which may drop it';
COMMENT ON COLUMN switchyard.queues.columns IS 'What the table calls its columns, by the roles of the definition, where it is another word';
COMMENT ON COLUMN switchyard.queues.input_is_args IS 'The input is an array of arguments; false: it is the one argument';
COMMENT ON COLUMN switchyard.queues.source IS 'The application''s table whose rows are the jobs; NULL: jobs are enqueued by function';
COMMENT ON COLUMN switchyard.queues.source_id IS 'The column of it that is the job''s id';
COMMENT ON COLUMN switchyard.queues.start_when IS 'An expression of NEW; NULL: each INSERT starts a job';
COMMENT ON COLUMN switchyard.queues.workflow_id IS 'A text with {column} in it; NULL: QUEUE:ID';
COMMENT ON COLUMN switchyard.queues.mirror IS 'Columns of the source by the fields of the job that are written to them';

-- Writes the table of a fenced queue into the registry.
CREATE FUNCTION switchyard.register_job_table(queue text, job_table regclass, columns jsonb, states jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO switchyard.queues AS known (name, kind, job_table, columns, states)
  SELECT $1, 'fenced', nspname || '.' || relname, $3, $4
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = $2
  ON CONFLICT ON CONSTRAINT queues_pkey DO UPDATE
     SET job_table = excluded.job_table, columns = excluded.columns, states = excluded.states, updated_at = clock_timestamp()
   WHERE known.kind = 'fenced';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the name "%" is taken by a watched queue', queue
      USING ERRCODE = 'duplicate_object', HINT = 'Give the queue another name, or remove the other with switchyard.drop_queue.';
  END IF;
END
$$;

-- Makes a job table a queue's: its transitions are checked and recorded, starters are woken, cancelling by row works.
-- `columns` and `states` name what the table calls otherwise, by the roles of src/queues/definition.ts.
--
-- A table may have states of its own (`draft`, `archived`): those are the application's business, which moves rows between them,
-- into `queued` and out of it, and away from an end, as it likes. Events know them as `other`, with the words in the detail.
CREATE FUNCTION switchyard.add_job_table(
  queue text, job_table regclass, columns jsonb DEFAULT '{}', states jsonb DEFAULT '{}', watched boolean DEFAULT false
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $add_job_table$
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
         AND NOT switchyard.is_legal_transition({word of OLD}, {word of NEW}, {watched}) THEN
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
      ELSIF NEW.{status} = {=waiting} AND NEW.{runAt} IS NOT NULL THEN
        PERFORM switchyard.ring_for_signal({=queue});
      ELSIF NEW.{status} = {=waiting} THEN
        PERFORM switchyard.ring({=queue});
      END IF;
      RETURN NULL;
    END
    $body$;

    CREATE FUNCTION switchyard.{after_insert}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
      -- Each writer pays for this: actor() and ring() stand here in place of being called.
      INSERT INTO switchyard.job_events (queue, job_id, attempt, to_status, run_id, actor)
      SELECT {=queue}, job.{id}::text, {attempt of job}, {word of job}, job.{runId},
             coalesce(nullif(current_setting('switchyard.actor', true), ''),
                      nullif(current_setting('application_name', true), ''), session_user)
        FROM inserted AS job;
      PERFORM pg_notify('switchyard_doorbell', {=queue})
         FROM switchyard.doorbells AS bell
        WHERE bell.queue = {=queue} AND bell.armed
          AND current_setting('switchyard.doorbell', true) IS DISTINCT FROM 'off';
      IF EXISTS (SELECT FROM inserted AS job WHERE job.{runAt} IS NOT NULL) THEN
        PERFORM switchyard.ring_for_signal({=queue});
      END IF;
      IF NOT {watched} AND current_setting('switchyard.traceparent', true) <> '' THEN
        PERFORM switchyard.keep_trace({=queue}, job.{id}::text) FROM inserted AS job;
      END IF;
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
  IF NOT watched THEN
    PERFORM switchyard.register_job_table(queue, job_table, columns, states);
  END IF;
  code := replace(code, '{watched}', watched::text);
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
$add_job_table$;

-- For job tables that say when they were last changed: BEFORE UPDATE, FOR EACH ROW.
CREATE FUNCTION switchyard.touch_updated_at() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;
