-- Up Migration
-- Makes `capture_session` a queue: the lease (`locked_at`, `locked_by`) and what else a job needs, by a function, since the schema
-- and the words for the states are settings. `npm run migrate` calls `install_capture_sessions` for those that are set.
--
-- A table that is there already is adopted. Columns are only added, with constant defaults: nothing is rewritten. Its rows are read
-- some ten times, to check their words and to build indexes of a few of them, while its readers and writers wait: some seconds
-- for a million rows. A row in flight that has no lease gets one that begins now. A CHECK of its own on `state` is widened by our words.

CREATE FUNCTION switchyard.add_session_leases(schema text, states jsonb) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $add$
DECLARE
  sessions regclass := format('%I.capture_session', schema);
  lease_function text := format('%I.keep_session_lease()', schema);
  columns  jsonb := '{"status": "state", "errorMessage": "error", "startedBy": "locked_by"}';
  unfit    text;
  role     text;
  word     text;
  code     text := $template$
    ALTER TABLE {sessions}
      ADD COLUMN IF NOT EXISTS locked_at           timestamptz,
      ADD COLUMN IF NOT EXISTS locked_by           text,
      ADD COLUMN IF NOT EXISTS run_id              text,
      ADD COLUMN IF NOT EXISTS attempt             integer NOT NULL DEFAULT 0,
      ADD COLUMN IF NOT EXISTS priority            integer NOT NULL DEFAULT 0,
      ADD COLUMN IF NOT EXISTS request_id          text,
      ADD COLUMN IF NOT EXISTS error_code          text,
      ADD COLUMN IF NOT EXISTS deadline            timestamptz,
      ADD COLUMN IF NOT EXISTS started_at          timestamptz,
      ADD COLUMN IF NOT EXISTS completed_at        timestamptz,
      ADD COLUMN IF NOT EXISTS failed_at           timestamptz,
      ADD COLUMN IF NOT EXISTS canceled_at         timestamptz,
      ADD COLUMN IF NOT EXISTS run_at              timestamptz,
      ADD COLUMN IF NOT EXISTS cancel_requested_at timestamptz,
      ALTER COLUMN state SET DEFAULT {=waiting},
      DROP CONSTRAINT IF EXISTS capture_session_state_known,
      ADD CONSTRAINT capture_session_state_known
        CHECK (state IN ({=waiting}, {=inFlight}, {=complete}, {=failed}, {=canceled})) NOT VALID;

    UPDATE {sessions} SET locked_at = clock_timestamp()
     WHERE state = {=inFlight} AND locked_at IS NULL AND run_id IS NULL;

    DROP INDEX IF EXISTS {schema}.capture_session_created_idx, {schema}.capture_session_claim_idx, {schema}.capture_session_delayed_idx,
      {schema}.capture_session_in_flight_idx, {schema}.capture_session_leased_idx,
      {schema}.capture_session_cancel_requested_idx, {schema}.capture_session_failed_idx, {schema}.capture_session_canceled_idx;
    CREATE INDEX capture_session_created_idx ON {sessions} (created_at, id);
    CREATE INDEX capture_session_claim_idx ON {sessions} (priority, created_at, id)
      WHERE state = {=waiting} AND run_at IS NULL;
    CREATE INDEX capture_session_delayed_idx ON {sessions} (run_at) WHERE state = {=waiting} AND run_at IS NOT NULL;
    CREATE INDEX capture_session_in_flight_idx ON {sessions} (started_at, id) WHERE state = {=inFlight};
    -- Rows of an older worker, by the age of its lease.
    CREATE INDEX capture_session_leased_idx ON {sessions} (locked_at) WHERE state = {=inFlight} AND run_id IS NULL;
    CREATE INDEX capture_session_cancel_requested_idx ON {sessions} (id)
      WHERE state = {=inFlight} AND cancel_requested_at IS NOT NULL;
    CREATE INDEX capture_session_failed_idx ON {sessions} (failed_at, id) WHERE state = {=failed};
    CREATE INDEX capture_session_canceled_idx ON {sessions} (canceled_at, id) WHERE state = {=canceled};

    CREATE OR REPLACE FUNCTION {schema}.keep_session_lease() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
      IF NEW.state = {=inFlight} THEN
        -- A claim of ours names a new run. Any other is an older worker's, whose row belongs to its lease and to no run.
        IF NEW.run_id IS NOT DISTINCT FROM OLD.run_id THEN NEW.run_id := NULL; END IF;
        NEW.locked_at := clock_timestamp();
        RETURN NEW;
      END IF;
      NEW.locked_at := NULL;
      NEW.locked_by := NULL;
      IF NEW.state = {=waiting} THEN
        NEW.deadline := NULL;
        NEW.error := NULL;
        NEW.error_code := NULL;
        NEW.completed_at := NULL;
        NEW.failed_at := NULL;
      END IF;
      RETURN NEW;
    END
    $body$;
    DROP TRIGGER IF EXISTS capture_session_keep_lease ON {sessions};
    CREATE TRIGGER capture_session_keep_lease BEFORE UPDATE ON {sessions}
      FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION {schema}.keep_session_lease();

    DROP FUNCTION IF EXISTS {schema}."capture-sessions_before_update", {schema}."capture-sessions_after_update",
      {schema}."capture-sessions_after_insert" CASCADE;
  $template$;
BEGIN
  -- Already installed with these words: nothing is locked.
  IF obj_description(to_regprocedure(lease_function), 'pg_proc') = states::text THEN RETURN; END IF;

  PERFORM switchyard.refuse_misfits(ARRAY(SELECT * FROM switchyard.misfits_of_session_tables(schema, states)));
  EXECUTE format('SELECT state FROM %s WHERE state NOT IN (SELECT value FROM jsonb_each_text($1)) LIMIT 1', sessions)
    INTO unfit USING states;
  IF unfit IS NOT NULL THEN
    RAISE EXCEPTION '% has rows in the state "%", which is none of %', sessions, unfit, states USING ERRCODE = 'check_violation',
      HINT = 'Set PENDING_STATE, PROCESSING_STATE, DONE_STATE, FAILED_STATE, CANCELED_STATE to its words; run npm run migrate.';
  END IF;

  FOR role, word IN SELECT * FROM jsonb_each_text(states) LOOP
    code := replace(code, '{=' || role || '}', quote_literal(word));
  END LOOP;
  EXECUTE replace(replace(code, '{sessions}', sessions::text), '{schema}', quote_ident(schema));

  PERFORM switchyard.widen_states(sessions, 'state', ARRAY(SELECT value FROM jsonb_each_text(states)));
  PERFORM switchyard.add_job_table('capture-sessions', sessions, columns, states);
  INSERT INTO switchyard.grants (role, privileges, object)
  SELECT 'switchyard_' || line.role, privileges, object
    FROM (VALUES
      ('starter', 'USAGE', format('SCHEMA %I', schema)),
      ('worker', 'USAGE', format('SCHEMA %I', schema)),
      ('api', 'USAGE', format('SCHEMA %I', schema)),
      ('reader', 'USAGE', format('SCHEMA %I', schema)),
      ('worker', 'SELECT, INSERT', format('%I.schedule_version', schema)),
      ('reader', 'SELECT', format('%I.schedule_version', schema)),
      ('reader', 'SELECT', format('%I.day_schedule', schema))) AS line (role, privileges, object)
  ON CONFLICT DO NOTHING;
  PERFORM switchyard.grant_queue('capture-sessions', sessions);

  -- Several schemas may have such a queue, each with words of its own.
  FOREACH role IN ARRAY ARRAY['before_update', 'after_update', 'after_insert'] LOOP
    EXECUTE format('ALTER FUNCTION switchyard.%I() SET SCHEMA %I', 'capture-sessions_' || role, schema);
  END LOOP;
  EXECUTE format('COMMENT ON FUNCTION %s IS %L', lease_function, states::text);
END
$add$;
REVOKE ALL ON FUNCTION switchyard.add_session_leases FROM PUBLIC;

CREATE FUNCTION switchyard.install_capture_sessions(schema text, states jsonb) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('switchyard.install_capture_sessions'), 0);
  PERFORM switchyard.refuse_misfits(ARRAY(SELECT * FROM switchyard.misfits_of_session_tables(schema, states)));
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'schedule_version_moves_current_version'
                    AND tgrelid = to_regclass(format('%I.schedule_version', schema))) THEN
    PERFORM switchyard.create_capture_sessions(schema);
  END IF;
  PERFORM switchyard.add_session_leases(schema, states);
END
$$;
REVOKE ALL ON FUNCTION switchyard.install_capture_sessions FROM PUBLIC;

-- A table there with other words waits for `npm run migrate` with the settings that name them.
DO $$
BEGIN
  PERFORM switchyard.install_capture_sessions('schedule_ingest', '{"waiting": "pending", "inFlight": "processing",
    "complete": "done", "failed": "failed", "canceled": "canceled"}');
EXCEPTION WHEN check_violation OR object_not_in_prerequisite_state THEN
  RAISE WARNING 'capture-sessions is not installed: %', SQLERRM;
END
$$;
