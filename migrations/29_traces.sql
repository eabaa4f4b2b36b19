-- Up Migration
-- The trace that a job belongs to, as whoever inserted it has set it in the session: SET LOCAL switchyard.traceparent. Jobs of watched
-- queues have it in their own rows. A new table, and a trigger that costs an INSERT without a trace one look at a setting.

CREATE TABLE switchyard.job_traces (
  queue   text        NOT NULL,
  job_id  text        NOT NULL,
  headers jsonb       NOT NULL,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (queue, job_id)
);
CREATE INDEX job_traces_at_idx ON switchyard.job_traces (at);
COMMENT ON TABLE switchyard.job_traces IS 'traceparent and tracestate of the inserts of fenced jobs; kept for eight days';

CREATE FUNCTION switchyard.keep_trace() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO switchyard.job_traces (queue, job_id, headers)
  SELECT NEW.queue, NEW.job_id, headers
    FROM switchyard.trace_context() AS trace (headers)
   WHERE headers IS NOT NULL
     AND NOT EXISTS (SELECT FROM switchyard.queues WHERE name = NEW.queue AND kind = 'watched')
  ON CONFLICT (queue, job_id) DO UPDATE SET headers = excluded.headers, at = excluded.at;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION switchyard.keep_trace FROM PUBLIC;
CREATE TRIGGER job_events_keep_trace AFTER INSERT ON switchyard.job_events FOR EACH ROW
  WHEN (NEW.from_status IS NULL AND current_setting('switchyard.traceparent', true) <> '')
  EXECUTE FUNCTION switchyard.keep_trace();

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
