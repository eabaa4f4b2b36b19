-- Up Migration
-- Capture sessions: three tables in a schema of their own, by a function, since the schema is a setting (`DB_SCHEMA`). Here it is
-- called for the default, `schedule_ingest`; `npm run migrate` calls it for the one that is set. What is there already stays as
-- it is: tables are made only where there are none.
--
-- On a `schedule_version` that is there the index on `session_id` is built while its writers wait, a second for a million rows.

-- What keeps the tables in a schema from being adopted, before anything of them is changed.
CREATE FUNCTION switchyard.misfits_of_session_tables(schema text, states jsonb) RETURNS SETOF text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM switchyard.misfits_of_table(format('%I.capture_session', $1), 'id',
    '{"id": "uuid", "state": "text|varchar", "error": "text|varchar|citext?", "created_at": "timestamptz"}',
    switchyard.lifecycle_columns()
      || '{"locked_at": "timestamptz?", "locked_by": "text|varchar|citext?", "started_at": "timestamptz", "completed_at": "timestamptz?",
           "failed_at": "timestamptz?", "canceled_at": "timestamptz?", "cancel_requested_at": "timestamptz?"}',
    'state', ARRAY(SELECT value FROM jsonb_each_text($2)))
  UNION ALL
  SELECT * FROM switchyard.misfits_of_table(format('%I.day_schedule', $1), 'schedule_date',
    '{"schedule_date": "date", "current_version": "int4|int8"}', '{}')
  UNION ALL
  SELECT * FROM switchyard.misfits_of_table(format('%I.schedule_version', $1), '',
    '{"session_id": "uuid", "schedule_date": "date", "version": "int4|int8", "payload": "jsonb", "payload_hash": "text|varchar"}', '{}')
$$;

CREATE FUNCTION switchyard.create_capture_sessions(schema text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create$
DECLARE
  code text := $template$
    CREATE SCHEMA IF NOT EXISTS {schema};

    CREATE TABLE IF NOT EXISTS {schema}.capture_session (
      id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
      state      text        NOT NULL,
      error      text,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );

    CREATE TABLE IF NOT EXISTS {schema}.day_schedule (
      schedule_date   date    PRIMARY KEY,
      current_version integer NOT NULL
    );
    COMMENT ON COLUMN {schema}.day_schedule.current_version IS 'The highest version of the day; moved by the trigger on schedule_version alone';

    -- No foreign key: a schedule outlives its session, which retention may remove.
    CREATE TABLE IF NOT EXISTS {schema}.schedule_version (
      id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      session_id    uuid        NOT NULL,
      schedule_date date        NOT NULL,
      version       integer     NOT NULL CONSTRAINT schedule_version_positive CHECK (version > 0),
      payload       jsonb       NOT NULL CONSTRAINT schedule_version_payload_is_object CHECK (jsonb_typeof(payload) = 'object'),
      payload_hash  text        NOT NULL,
      created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    COMMENT ON COLUMN {schema}.schedule_version.payload_hash IS 'SHA-256, in hex, of the payload as canonical JSON (RFC 8785)';

    CREATE OR REPLACE FUNCTION {schema}.move_current_version() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
      INSERT INTO {schema}.day_schedule AS day (schedule_date, current_version) VALUES (NEW.schedule_date, NEW.version)
      ON CONFLICT (schedule_date) DO UPDATE SET current_version = excluded.current_version
        WHERE day.current_version < excluded.current_version;
      RETURN NULL;
    END
    $body$;
    DROP TRIGGER IF EXISTS schedule_version_moves_current_version ON {schema}.schedule_version;
    CREATE TRIGGER schedule_version_moves_current_version AFTER INSERT ON {schema}.schedule_version
      FOR EACH ROW EXECUTE FUNCTION {schema}.move_current_version();
  $template$;
BEGIN
  EXECUTE replace(code, '{schema}', quote_ident(schema));
  BEGIN
    EXECUTE format('CREATE UNIQUE INDEX IF NOT EXISTS schedule_version_session_idx ON %I.schedule_version (session_id)', schema);
  EXCEPTION WHEN unique_violation THEN
    -- Writers look under the lock of the session's row, so this index serves them as well.
    RAISE WARNING '%.schedule_version has several rows of one session, from before; they stay', schema;
    EXECUTE format('CREATE INDEX schedule_version_session_idx ON %I.schedule_version (session_id)', schema);
  END;
END
$create$;
REVOKE ALL ON FUNCTION switchyard.create_capture_sessions FROM PUBLIC;

-- Tables there that do not fit stay as they are, until `npm run migrate` is told the schema, and says what is wrong.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM switchyard.misfits_of_session_tables('schedule_ingest', '{}')) THEN
    PERFORM switchyard.create_capture_sessions('schedule_ingest');
  END IF;
END
$$;
