-- Up Migration
-- Control by row: cancel, delay, limits, pauses.

-- What is paused: a queue, one key of it, or an outside system that queues need. Nothing is deleted here: a pause that is
-- over says when and by whom.
CREATE TABLE switchyard.pauses (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope      text        NOT NULL CHECK (scope IN ('queue', 'key', 'system')),
  queue      text,
  key        text,
  system     text,
  reason     text        NOT NULL,
  paused_by  text        NOT NULL DEFAULT switchyard.actor(),
  paused_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  automatic  boolean     NOT NULL DEFAULT false,
  probe_at   timestamptz,
  probe_job  text,
  resumed_by text,
  resumed_at timestamptz,

  CONSTRAINT pauses_name_what_they_pause CHECK (
    CASE scope
      WHEN 'queue' THEN queue IS NOT NULL AND key IS NULL AND system IS NULL
      WHEN 'key' THEN queue IS NOT NULL AND key IS NOT NULL AND system IS NULL
      ELSE system IS NOT NULL AND queue IS NULL AND key IS NULL
    END
  )
);
CREATE UNIQUE INDEX pauses_open_idx ON switchyard.pauses
  (scope, (coalesce(queue, '')), (coalesce(key, '')), (coalesce(system, ''))) WHERE resumed_at IS NULL;
COMMENT ON COLUMN switchyard.pauses.automatic IS 'Opened by the breaker, which closes it again when a probe comes through';
COMMENT ON COLUMN switchyard.pauses.probe_at IS 'When the next job may try the system; set by the breaker';

-- Limits of a queue that hold from the next claim on. NULL, or no row: what the settings say.
CREATE TABLE switchyard.limits (
  queue             text             PRIMARY KEY,
  in_flight         integer          CHECK (in_flight >= 0),
  in_flight_per_key integer          CHECK (in_flight_per_key >= 0),
  starts_per_second double precision CHECK (starts_per_second > 0),
  fair              boolean,
  updated_by        text             NOT NULL DEFAULT switchyard.actor(),
  updated_at        timestamptz      NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN switchyard.limits.fair IS 'Whether keys of one priority take turns';

-- A limit of one key, in place of the queue's limit per key.
CREATE TABLE switchyard.key_limits (
  queue      text        NOT NULL,
  key        text        NOT NULL,
  in_flight  integer     NOT NULL CHECK (in_flight >= 0),
  updated_by text        NOT NULL DEFAULT switchyard.actor(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (queue, key)
);

-- The starts that a queue with a rate may still make: a bucket that fills by the rate, up to a second's worth.
CREATE TABLE switchyard.start_rates (
  queue     text             PRIMARY KEY,
  tokens    double precision NOT NULL,
  filled_at timestamptz      NOT NULL
) WITH (fillfactor = 10);

-- Postgres refuses to prepare a transaction for two-phase commit that has called NOTIFY. One that will be prepared says
-- SET LOCAL switchyard.doorbell = off, and its rows are found by polling.
CREATE FUNCTION switchyard.may_notify() RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT current_setting('switchyard.doorbell', true) IS DISTINCT FROM 'off'
$$;

-- Wakes the starters of a queue, or of all for '', where any starter listens. Rare, so it asks for no armed bell.
CREATE FUNCTION switchyard.ring_after_control() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF switchyard.may_notify()
     AND EXISTS (SELECT FROM switchyard.doorbells AS bell
                  WHERE (bell.armed OR bell.requests) AND bell.queue = coalesce(NEW.queue, bell.queue)) THEN
    PERFORM pg_notify('switchyard_doorbell', coalesce(NEW.queue, ''));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER pauses_ring AFTER INSERT OR UPDATE ON switchyard.pauses
  FOR EACH ROW EXECUTE FUNCTION switchyard.ring_after_control();
CREATE TRIGGER limits_ring AFTER INSERT OR UPDATE ON switchyard.limits
  FOR EACH ROW EXECUTE FUNCTION switchyard.ring_after_control();
CREATE TRIGGER key_limits_ring AFTER INSERT OR UPDATE ON switchyard.key_limits
  FOR EACH ROW EXECUTE FUNCTION switchyard.ring_after_control();

-- Pausing what is paused changes nothing; the first reason stays. A pause by hand takes over one of the breaker, which
-- then no longer ends by itself.
CREATE FUNCTION switchyard.pause(scope text, queue text, key text, system text, reason text) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO switchyard.pauses AS open (scope, queue, key, system, reason) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (scope, (coalesce(queue, '')), (coalesce(key, '')), (coalesce(system, ''))) WHERE resumed_at IS NULL
  DO UPDATE SET automatic = false, reason = excluded.reason, paused_by = excluded.paused_by WHERE open.automatic
$$;
CREATE FUNCTION switchyard.pause_queue(queue text, reason text) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.pause('queue', $1, NULL, NULL, $2) $$;
CREATE FUNCTION switchyard.pause_key(queue text, key text, reason text) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.pause('key', $1, $2, NULL, $3) $$;
CREATE FUNCTION switchyard.pause_system(system text, reason text) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.pause('system', NULL, NULL, $1, $2) $$;

-- Answers whether anything was paused.
CREATE FUNCTION switchyard.resume(scope text, queue text, key text, system text) RETURNS boolean LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  WITH resumed AS (
    UPDATE switchyard.pauses AS open SET resumed_at = clock_timestamp(), resumed_by = switchyard.actor()
     WHERE open.resumed_at IS NULL AND open.scope = $1 AND open.queue IS NOT DISTINCT FROM $2
       AND open.key IS NOT DISTINCT FROM $3 AND open.system IS NOT DISTINCT FROM $4
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM resumed)
$$;
CREATE FUNCTION switchyard.resume_queue(queue text) RETURNS boolean
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.resume('queue', $1, NULL, NULL) $$;
CREATE FUNCTION switchyard.resume_key(queue text, key text) RETURNS boolean
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.resume('key', $1, $2, NULL) $$;
CREATE FUNCTION switchyard.resume_system(system text) RETURNS boolean
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT switchyard.resume('system', NULL, NULL, $1) $$;

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
        PERFORM switchyard.ring_for_request({=queue});
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

-- Wakes a starter of the queue when one sleeps, or in any case that one listens: for a row whose time is still to come.
CREATE FUNCTION switchyard.ring(queue text, in_any_case boolean) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM switchyard.doorbells AS bell
              WHERE bell.queue = ring.queue AND (bell.armed OR (in_any_case AND bell.requests)))
     AND switchyard.may_notify() THEN
    PERFORM pg_notify('switchyard_doorbell', queue);
  END IF;
END
$$;

-- Wakes the starters of the queue that listen: a job is to be told something.
CREATE FUNCTION switchyard.ring_for_request(queue text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM switchyard.doorbells AS bell WHERE bell.queue = ring_for_request.queue AND bell.requests)
     AND switchyard.may_notify() THEN
    PERFORM pg_notify('switchyard_cancel', queue);
  END IF;
END
$$;

-- For job tables that say when they were last changed: BEFORE UPDATE, FOR EACH ROW.
CREATE FUNCTION switchyard.touch_updated_at() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;
