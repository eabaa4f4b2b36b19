-- Up Migration
-- Control by row: what wakes a starter, pauses, limits.
--
-- The doorbell wakes a sleeping starter at once and costs a busy one nothing. NOTIFY takes a lock across the whole database at
-- COMMIT, so a writer calls it only while a starter has armed the bell, and a starter arms it only when it found nothing to
-- claim. See docs/architecture.md.

CREATE TABLE switchyard.doorbells (
  queue text    PRIMARY KEY,
  armed boolean NOT NULL DEFAULT false,
  signals boolean NOT NULL DEFAULT false
) WITH (fillfactor = 10);

COMMENT ON COLUMN switchyard.doorbells.armed IS 'A starter of this queue sleeps and wants a NOTIFY for a new row';
COMMENT ON COLUMN switchyard.doorbells.signals IS 'A starter of this queue listens for cancels, answers and delayed rows; with DOORBELL=off none does';

-- Postgres refuses to prepare a transaction for two-phase commit that has called NOTIFY. One that will be prepared says
-- SET LOCAL switchyard.doorbell = off, and its rows are found by polling.
CREATE FUNCTION switchyard.may_notify() RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT current_setting('switchyard.doorbell', true) IS DISTINCT FROM 'off'
$$;

-- Wakes a starter of the queue when one sleeps: a row can be claimed.
CREATE FUNCTION switchyard.ring(queue text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM switchyard.doorbells AS bell WHERE bell.queue = ring.queue AND bell.armed)
     AND switchyard.may_notify() THEN
    PERFORM pg_notify('switchyard_doorbell', queue);
  END IF;
END
$$;

-- Wakes the starters of the queue that listen: a job is to be told something, or to be let go when its time has come.
CREATE FUNCTION switchyard.ring_for_signal(queue text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM switchyard.doorbells AS bell WHERE bell.queue = ring_for_signal.queue AND bell.signals)
     AND switchyard.may_notify() THEN
    PERFORM pg_notify('switchyard_cancel', queue);
  END IF;
END
$$;

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
  probes     integer     NOT NULL DEFAULT 0,

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
COMMENT ON COLUMN switchyard.pauses.probes IS 'How many probes failed so far; each lets one more job of a queue in, to try its luck';

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

-- Wakes the starters of a queue, or of all for '', where any starter listens. Rare, so it asks for no armed bell.
CREATE FUNCTION switchyard.ring_after_control() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF switchyard.may_notify()
     AND EXISTS (SELECT FROM switchyard.doorbells AS bell
                  WHERE (bell.armed OR bell.signals) AND bell.queue = coalesce(NEW.queue, bell.queue)) THEN
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
