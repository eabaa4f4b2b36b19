-- Up Migration
-- Jobs that a redrive passed by because their table refuses them, each with the reason. The check is read through the jobs of
-- all redrives; the columns rewrite nothing.

ALTER TABLE switchyard.redrives ADD COLUMN refused bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN switchyard.redrives.refused IS 'Jobs that their table did not let go back to queued; redrive_jobs has the reasons';

ALTER TABLE switchyard.redrive_jobs
  ADD COLUMN reason text,
  DROP CONSTRAINT redrive_jobs_outcome_check,
  ADD CONSTRAINT redrive_jobs_outcome_known CHECK (outcome IN ('requeued', 'skipped', 'refused'));
COMMENT ON COLUMN switchyard.redrive_jobs.outcome IS
  'skipped: another transaction held the row or had just moved it; refused: its table did not let it go back to queued';
COMMENT ON COLUMN switchyard.redrive_jobs.reason IS 'Why it was refused, in words that hold no value of the row';

CREATE OR REPLACE VIEW switchyard.redrive_outcomes AS
  SELECT done.redrive_id, done.queue, done.job_id, done.outcome, done.at, done.attempt AS attempt_before,
         latest.attempt AS attempt_now, latest.to_status AS status_now,
         CASE WHEN latest.to_status = 'failed' THEN latest.code END AS error_code_now, latest.at AS status_since,
         done.reason
    FROM switchyard.redrive_jobs AS done
    LEFT JOIN LATERAL (
      SELECT event.attempt, event.to_status, event.code, event.at
        FROM switchyard.job_events AS event
       WHERE event.queue = done.queue AND event.job_id = done.job_id
       ORDER BY event.id DESC LIMIT 1
    ) AS latest ON true;
