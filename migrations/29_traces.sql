-- Up Migration
-- The trace that a job belongs to, as whoever inserted it has set it in the session: SET LOCAL switchyard.traceparent. Jobs of watched
-- queues have it in their own rows. A new table and a function, which the trigger of inserts calls where the setting is set.

CREATE TABLE switchyard.job_traces (
  queue   text        NOT NULL,
  job_id  text        NOT NULL,
  headers jsonb       NOT NULL,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (queue, job_id)
);
CREATE INDEX job_traces_at_idx ON switchyard.job_traces (at);
COMMENT ON TABLE switchyard.job_traces IS 'traceparent and tracestate of the inserts of fenced jobs; kept for eight days';

-- Called by the triggers that add_job_table makes. A trigger on job_events with a condition would cost each event more than the function:
-- Postgres reads the condition anew for each statement.
CREATE FUNCTION switchyard.keep_trace(queue text, job_id text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO switchyard.job_traces (queue, job_id, headers)
  SELECT $1, $2, headers
    FROM switchyard.trace_context() AS trace (headers)
   WHERE headers IS NOT NULL
  ON CONFLICT (queue, job_id) DO UPDATE SET headers = excluded.headers, at = excluded.at
$$;
REVOKE ALL ON FUNCTION switchyard.keep_trace FROM PUBLIC;

-- Beside the minutes, that are as old.
CREATE FUNCTION switchyard.forget_traces() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM switchyard.job_traces WHERE at < clock_timestamp() - interval '8 days';
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION switchyard.forget_traces FROM PUBLIC;
CREATE TRIGGER history_progress_forgets_traces AFTER UPDATE ON switchyard.history_progress
  FOR EACH STATEMENT EXECUTE FUNCTION switchyard.forget_traces();

INSERT INTO switchyard.grants (role, privileges, object) VALUES
  ('switchyard_starter', 'SELECT', 'switchyard.job_traces'),
  ('switchyard_reader', 'SELECT', 'switchyard.job_traces');
SELECT switchyard.apply_grants();
