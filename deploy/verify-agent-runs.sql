-- Agent runs, looked at: psql "$DATABASE_URL" -f deploy/verify-agent-runs.sql

-- Active workers: who works on how many runs, and when it last said so.
SELECT claimed_by, count(*) AS running, max(heartbeat_at) AS last_heartbeat
  FROM ops.runs WHERE status = 'running' GROUP BY claimed_by ORDER BY claimed_by;

-- Recent claims.
SELECT id, session_id, lane, priority, status, claimed_by, claimed_at, attempt
  FROM ops.runs WHERE claimed_at IS NOT NULL ORDER BY claimed_at DESC LIMIT 20;

-- Stuck runs: running, and no heartbeat for 10 seconds. There should be none.
SELECT id, session_id, lane, claimed_by, heartbeat_at
  FROM ops.runs WHERE status = 'running' AND heartbeat_at < now() - interval '10 seconds';

-- Lanes with more than one run at a time. There should be none.
SELECT lane_key, count(*) FROM ops.runs
 WHERE status IN ('running', 'waiting_input') GROUP BY lane_key HAVING count(*) > 1;

-- What waits for a person, and until when.
SELECT id, session_id, lane, question ->> 'step' AS step, question ->> 'message' AS asks, answer_by
  FROM ops.runs WHERE status = 'waiting_input' ORDER BY answer_by;
