-- Up Migration
-- Rows that could not be started, on their history: START_REFUSED, with the reason. Nothing is rewritten; the index covers
-- these events alone.

CREATE INDEX job_events_refused_idx ON switchyard.job_events (queue, job_id, attempt) WHERE code = 'START_REFUSED';

-- Notes why a waiting row was not started, for its next look and for people. A row that nobody mends is refused for ever:
-- from the eleventh time on it is noted only when the reason is another. A function with its owner's rights, so that
-- starters and workers can note that and write no other event.
CREATE FUNCTION switchyard.note_refused_start(queue text, job_id text, attempt integer, reason text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO switchyard.job_events (queue, job_id, attempt, from_status, to_status, actor, code, detail)
  SELECT $1, $2, $3, 'queued', 'queued', switchyard.actor(), 'START_REFUSED', $4
   WHERE (SELECT count(*) < 10 OR (array_agg(event.detail ORDER BY event.id DESC))[1] IS DISTINCT FROM $4
            FROM switchyard.job_events AS event
           WHERE event.queue = $1 AND event.job_id = $2 AND event.attempt = $3 AND event.code = 'START_REFUSED')
$$;
REVOKE ALL ON FUNCTION switchyard.note_refused_start FROM PUBLIC;

INSERT INTO switchyard.grants (role, privileges, object) VALUES
  ('switchyard_starter', 'EXECUTE', 'FUNCTION switchyard.note_refused_start'),
  ('switchyard_worker', 'EXECUTE', 'FUNCTION switchyard.note_refused_start');
SELECT switchyard.apply_grants();
