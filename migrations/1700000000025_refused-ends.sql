-- Up Migration
-- A function for workers. New objects only; nothing is locked or rewritten.

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

INSERT INTO switchyard.grants (role, privileges, object)
VALUES ('switchyard_worker', 'EXECUTE', 'FUNCTION switchyard.note_refusal');
SELECT switchyard.apply_grants();
