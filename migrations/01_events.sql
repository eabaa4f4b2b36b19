-- Up Migration
-- The history of every job: who moved it, when, from where to where. New tables only; nothing is locked or rewritten.
--
-- The rows are written by triggers on the job tables, in the transaction of the move, whoever makes it. A ROLLBACK takes them
-- along. They stay until `switchyard.remove_events` removes them; nothing else may.

CREATE SEQUENCE switchyard.job_events_id_seq;

-- An id is given out before its transaction commits, so a reader meets ids that are missing. It may forget one for good once every
-- transaction that was running when it saw the gap has ended. That is known of transactions that have an id of their own: the default
-- sees to it that each has one before it is given the id of an event.
CREATE TABLE switchyard.job_events (
  id          bigint      PRIMARY KEY
                          DEFAULT CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('switchyard.job_events_id_seq') END,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  queue       text        NOT NULL,
  job_id      text        NOT NULL,
  attempt     integer     NOT NULL,
  from_status text,
  to_status   text        NOT NULL,
  run_id      text,
  actor       text        NOT NULL,
  code        text,
  detail      text
);
ALTER SEQUENCE switchyard.job_events_id_seq OWNED BY switchyard.job_events.id;

COMMENT ON TABLE switchyard.job_events IS 'One row a transition, in the words queued, processing, parked, complete, failed, canceled, and other for states of the table''s own; append-only';
COMMENT ON COLUMN switchyard.job_events.from_status IS 'NULL: the row was inserted';
COMMENT ON COLUMN switchyard.job_events.actor IS 'The setting switchyard.actor, else the application_name, else the database user';
COMMENT ON COLUMN switchyard.job_events.code IS 'The error code, or why the row was moved: CANCEL_REQUESTED, RECONCILED …';

CREATE INDEX job_events_job_idx ON switchyard.job_events (queue, job_id, id);
-- Serves the look at how often a row was refused, and holds these events alone.
CREATE INDEX job_events_refused_idx ON switchyard.job_events (queue, job_id, attempt)
  WHERE code IN ('START_REFUSED', 'ID_TAKEN');

CREATE FUNCTION switchyard.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'switchyard.% is append-only: % is refused', TG_TABLE_NAME, TG_OP
    USING HINT = 'Old events are removed by switchyard.remove_events(before, at_most).', ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER job_events_are_not_updated BEFORE UPDATE ON switchyard.job_events
  FOR EACH ROW EXECUTE FUNCTION switchyard.refuse_change();
CREATE TRIGGER job_events_are_not_truncated BEFORE TRUNCATE ON switchyard.job_events
  FOR EACH STATEMENT EXECUTE FUNCTION switchyard.refuse_change();
CREATE TRIGGER job_events_are_deleted_by_retention_alone BEFORE DELETE ON switchyard.job_events
  FOR EACH ROW WHEN (current_setting('switchyard.retention', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION switchyard.refuse_change();

-- Removes the oldest events from before a time, at most so many; answers how many. Called again until it answers 0.
CREATE FUNCTION switchyard.remove_events(before timestamptz, at_most integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  removed integer;
  before_this text := coalesce(current_setting('switchyard.retention', true), '');
BEGIN
  -- Not a SET of the function: that needs a superuser for a setting no extension has defined.
  PERFORM set_config('switchyard.retention', 'on', true);
  DELETE FROM switchyard.job_events
   WHERE id IN (SELECT id FROM switchyard.job_events ORDER BY id LIMIT at_most) AND at < before;
  GET DIAGNOSTICS removed = ROW_COUNT;
  PERFORM set_config('switchyard.retention', before_this, true);
  RETURN removed;
END
$$;
REVOKE ALL ON FUNCTION switchyard.remove_events FROM PUBLIC;

CREATE FUNCTION switchyard.actor() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(
    nullif(current_setting('switchyard.actor', true), ''),
    nullif(current_setting('application_name', true), ''),
    session_user
  )
$$;

-- What to do about a move that is refused; '': nothing.
CREATE FUNCTION switchyard.way_out_of_transition(from_status text, to_status text) RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN from_status IN ('processing', 'parked') AND to_status = 'other'
      THEN 'A run has the row. Set the time of its cancel request, and move it when it has ended.'
    WHEN from_status = 'other' THEN 'Switchyard starts what waits: set it to the waiting state.'
    ELSE ''
  END
$$;

-- The moves a job can make. The last line of the list is a reset in Temporal, which takes its row along. A watched job may also fail
-- before it starts (Temporal cannot take its input), and is taken along by a reset after it was complete.
CREATE FUNCTION switchyard.is_legal_transition(from_status text, to_status text, watched boolean) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (from_status, to_status) IN (
    ('queued', 'processing'), ('queued', 'canceled'),
    ('processing', 'complete'), ('processing', 'failed'), ('processing', 'canceled'), ('processing', 'queued'),
    ('processing', 'parked'), ('parked', 'processing'),
    ('parked', 'failed'), ('parked', 'canceled'), ('parked', 'queued'),
    ('failed', 'queued'), ('canceled', 'queued'), ('complete', 'queued'),
    ('failed', 'processing'), ('canceled', 'processing')
  )
  OR watched AND (from_status, to_status) IN (('queued', 'failed'), ('complete', 'processing'))
  -- States of the table's own: from and to anywhere, unless a run has or would have the row.
  OR 'other' IN (from_status, to_status)
     AND from_status NOT IN ('processing', 'parked') AND to_status NOT IN ('processing', 'parked')
$$;

-- Events that no move writes. Functions with their owner's rights, so that starters and workers can note these and write no
-- other event.

-- What the reconciler did about a workflow that is not its row's. The state stays the last one that the history names; a job
-- without any history counts as canceled.
CREATE FUNCTION switchyard.note_repair(queue text, job_id text, run_id text, why text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO switchyard.job_events (queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail)
  SELECT $1, $2, coalesce(last.attempt, 0), coalesce(last.to_status, 'canceled'), coalesce(last.to_status, 'canceled'),
         $3, 'reconciler', 'RECONCILED', $4
    FROM (SELECT) AS once
    LEFT JOIN LATERAL (
      SELECT event.attempt, event.to_status FROM switchyard.job_events AS event
       WHERE event.queue = $1 AND event.job_id = $2
       ORDER BY event.id DESC LIMIT 1) AS last ON true
$$;
REVOKE ALL ON FUNCTION switchyard.note_repair FROM PUBLIC;

-- Notes that a row did not take the end of its job: a trigger, a constraint or a missing right refused it. Once for each reason.
CREATE FUNCTION switchyard.note_refusal(queue text, job_id text, run_id text, why text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO switchyard.job_events (queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail)
  SELECT $1, $2, coalesce(last.attempt, 0), coalesce(last.to_status, 'processing'), coalesce(last.to_status, 'processing'),
         $3, switchyard.actor(), 'ROW_REFUSED', $4
    FROM (SELECT) AS once
    LEFT JOIN LATERAL (
      SELECT event.attempt, event.to_status, event.run_id, event.code, event.detail FROM switchyard.job_events AS event
       WHERE event.queue = $1 AND event.job_id = $2
       ORDER BY event.id DESC LIMIT 1) AS last ON true
   WHERE (last.code, last.run_id, last.detail) IS DISTINCT FROM ('ROW_REFUSED', $3, $4)
$$;
REVOKE ALL ON FUNCTION switchyard.note_refusal FROM PUBLIC;

-- Notes why a waiting row was not started, for its next look and for people. A row that nobody mends is refused for ever:
-- from the eleventh time on it is noted only when the reason is another. The code: START_REFUSED, or ID_TAKEN by another workflow.
CREATE FUNCTION switchyard.note_refused_start(queue text, job_id text, attempt integer, reason text, code text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO switchyard.job_events (queue, job_id, attempt, from_status, to_status, actor, code, detail)
  SELECT $1, $2, $3, 'queued', 'queued', switchyard.actor(), $5, $4
   WHERE (SELECT count(*) < 10 OR (array_agg(event.detail ORDER BY event.id DESC))[1] IS DISTINCT FROM $4
            FROM switchyard.job_events AS event
           WHERE event.queue = $1 AND event.job_id = $2 AND event.attempt = $3
             AND event.code IN ('START_REFUSED', 'ID_TAKEN'))
$$;
REVOKE ALL ON FUNCTION switchyard.note_refused_start FROM PUBLIC;
