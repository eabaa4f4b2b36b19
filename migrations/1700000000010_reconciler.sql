-- Up Migration
-- What the reconciler did about a workflow that is not its row's, on the job's history. No table changes, nothing is locked.
--
-- A function with its owner's rights, so that workers can note that and write no other event. The state stays the last one
-- that the history names; a job without any history counts as canceled.

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

INSERT INTO switchyard.grants (role, privileges, object)
VALUES ('switchyard_worker', 'EXECUTE', 'FUNCTION switchyard.note_repair');
SELECT switchyard.apply_grants();
