-- Up Migration
-- The history of every job: who moved it, when, from where to where. New tables only; nothing is locked or rewritten.
--
-- The rows are written by triggers on the job tables (next migration), in the transaction of the move, whoever makes it. A
-- ROLLBACK takes them along. They stay until `switchyard.remove_events` removes them; nothing else may.

CREATE TABLE switchyard.job_events (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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

COMMENT ON TABLE switchyard.job_events IS 'One row a transition, in the words queued, processing, parked, complete, failed, canceled, and other for states of the table''s own; append-only';
COMMENT ON COLUMN switchyard.job_events.from_status IS 'NULL: the row was inserted';
COMMENT ON COLUMN switchyard.job_events.actor IS 'The setting switchyard.actor, else the application_name, else the database user';
COMMENT ON COLUMN switchyard.job_events.code IS 'The error code, or why the row was moved: CANCEL_REQUESTED, RECONCILED …';

CREATE INDEX job_events_job_idx ON switchyard.job_events (queue, job_id, id);

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

-- The moves a job can make. The last line is a reset in Temporal, which takes its row along.
CREATE FUNCTION switchyard.is_legal_transition(from_status text, to_status text) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (from_status, to_status) IN (
    ('queued', 'processing'), ('queued', 'canceled'),
    ('processing', 'complete'), ('processing', 'failed'), ('processing', 'canceled'), ('processing', 'queued'),
    ('failed', 'queued'), ('canceled', 'queued'), ('complete', 'queued'),
    ('failed', 'processing'), ('canceled', 'processing')
  )
  -- States of the table's own: from and to anywhere, unless a run has or would have the row.
  OR 'other' IN (from_status, to_status)
     AND from_status NOT IN ('processing', 'parked') AND to_status NOT IN ('processing', 'parked')
$$;
