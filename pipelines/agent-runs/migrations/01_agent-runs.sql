-- Up Migration
-- squawk-ignore-file require-concurrent-index-creation, transaction-nesting, ban-uncommitted-transaction
-- A table that is adopted is often small, and adopted once: writers wait while its indexes are built (docs/adopting-tables.md).
-- The queue of agent runs. A table ops.runs that is there already is adopted: columns are added (none is rewritten), and of its
-- rows those alone are touched that wait or run. The indexes read the table some times while its writers wait: two seconds for
-- a million rows (docs/adopting-tables.md). Runs that another system has under way stay its own; once that is gone, set what it left back:
-- UPDATE ops.runs SET status = 'queued' WHERE status = 'running' AND run_id IS NULL.
--
-- In two transactions: the first locks out readers too, for as long as it takes to add columns. It bears being run again.

CREATE SCHEMA IF NOT EXISTS ops;

CREATE TABLE IF NOT EXISTS ops.runs (
  id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  session_id   text        NOT NULL,
  lane         text        NOT NULL DEFAULT 'A',
  status       text        NOT NULL DEFAULT 'queued',
  priority     integer     NOT NULL DEFAULT 0,
  plan         jsonb       NOT NULL,
  claimed_by   text,
  claimed_at   timestamptz,
  heartbeat_at timestamptz,
  canceled_at  timestamptz,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at  timestamptz,
  result       jsonb,
  error        text,

  CONSTRAINT runs_status_known CHECK (status IN ('queued', 'running', 'waiting_input', 'succeeded', 'failed', 'canceled')),
  CONSTRAINT runs_lane_known CHECK (lane IN ('A', 'B', 'C', 'D'))
);

ALTER TABLE ops.runs
  ADD COLUMN IF NOT EXISTS lane_key   text,
  ADD COLUMN IF NOT EXISTS progress   jsonb,
  ADD COLUMN IF NOT EXISTS question   jsonb,
  ADD COLUMN IF NOT EXISTS answer     jsonb,
  ADD COLUMN IF NOT EXISTS answer_by  timestamptz,
  ADD COLUMN IF NOT EXISTS error_code text,
  ADD COLUMN IF NOT EXISTS run_id     text,
  ADD COLUMN IF NOT EXISTS attempt    integer NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS deadline   timestamptz,
  ADD COLUMN IF NOT EXISTS request_id text,
  ADD COLUMN IF NOT EXISTS run_at     timestamptz;

SELECT switchyard.widen_states('ops.runs', 'status', '{queued,running,waiting_input,succeeded,failed,canceled}');

COMMENT ON COLUMN ops.runs.lane_key IS 'Session and lane, by a trigger: one run of it at a time. (A generated column would rewrite a table that is there.)';
COMMENT ON COLUMN ops.runs.canceled_at IS 'Set by whoever wants the run to end: at once while it waits, within a second while it runs';
COMMENT ON COLUMN ops.runs.claimed_by IS 'Who started it; from its first heartbeat on the worker that works on it';
COMMENT ON COLUMN ops.runs.heartbeat_at IS 'NULL until a worker has begun it';
COMMENT ON COLUMN ops.runs.progress IS 'Where the plan stands: the commits, and the steps that are done';
COMMENT ON COLUMN ops.runs.question IS 'What the run asks: step, message, schema of the answer''s value';
COMMENT ON COLUMN ops.runs.answer IS 'Set by whoever answers, once: {"step": "…", "value": {…}}';

COMMIT;
BEGIN;

UPDATE ops.runs SET lane_key = session_id::text || ' ' || lane::text
 WHERE lane_key IS NULL AND status IN ('queued', 'running', 'waiting_input');

-- A run that is set back to `queued` starts clean.
CREATE FUNCTION switchyard.prepare_run() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.lane_key := NEW.session_id::text || ' ' || NEW.lane::text;
  IF TG_OP = 'INSERT' OR OLD.status = NEW.status THEN
    RETURN NEW;
  END IF;
  IF NEW.status = 'queued' THEN
    NEW.progress := NULL;
    NEW.result := NULL;
    NEW.error := NULL;
    NEW.error_code := NULL;
    NEW.finished_at := NULL;
    NEW.claimed_at := NULL;
    NEW.heartbeat_at := NULL;
  ELSIF NEW.status = 'running' THEN
    NEW.heartbeat_at := NULL;
  ELSIF NEW.status = 'canceled' THEN
    NEW.canceled_at := coalesce(NEW.canceled_at, clock_timestamp());
  END IF;
  RETURN NEW;
END
$$;
-- The check of the table, in a sentence. Tables that are adopted have lanes of their own.
CREATE FUNCTION switchyard.refuse_lane() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'an agent run has the lane A, B, C or D; got %', coalesce(quote_literal(left(NEW.lane, 100)), 'NULL')
    USING ERRCODE = 'check_violation', CONSTRAINT = 'runs_lane_known', HINT = 'Runs of one session and lane go one after the other; leave it out for A.';
END
$$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'ops.runs'::regclass AND conname = 'runs_lane_known') THEN
    CREATE TRIGGER runs_check_lane BEFORE INSERT OR UPDATE OF lane ON ops.runs FOR EACH ROW
      WHEN (NEW.lane IS NULL OR NEW.lane NOT IN ('A', 'B', 'C', 'D')) EXECUTE FUNCTION switchyard.refuse_lane();
  END IF;
END
$$;
CREATE TRIGGER runs_prepare BEFORE INSERT OR UPDATE OF session_id, lane, status ON ops.runs
  FOR EACH ROW EXECUTE FUNCTION switchyard.prepare_run();

CREATE INDEX runs_created_idx ON ops.runs (created_at, id);
CREATE INDEX runs_claim_idx ON ops.runs (priority, created_at, id) WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX runs_claim_by_lane_idx ON ops.runs (priority, (coalesce(lane_key, '')), created_at, id)
  WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX runs_delayed_idx ON ops.runs (run_at) WHERE status = 'queued' AND run_at IS NOT NULL;
-- Serves the count of runs in flight, and the reconciler's walk over them and the parked ones.
CREATE INDEX runs_owned_idx ON ops.runs (claimed_at, id) WHERE status IN ('running', 'waiting_input');
CREATE INDEX runs_cancel_requested_idx ON ops.runs (id)
  WHERE status IN ('running', 'waiting_input') AND canceled_at IS NOT NULL;
-- One run of a lane, whoever writes the row and whatever the limits say; one that is parked holds it. Another system's runs, which
-- are here without run_id, may be two of a lane.
CREATE UNIQUE INDEX runs_one_of_lane_idx ON ops.runs (lane_key)
  WHERE status IN ('running', 'waiting_input') AND run_id IS NOT NULL;
CREATE INDEX runs_parked_idx ON ops.runs (lane_key) WHERE status = 'waiting_input';
CREATE INDEX runs_failed_idx ON ops.runs (finished_at, id) WHERE status = 'failed';
CREATE INDEX runs_canceled_idx ON ops.runs (finished_at, id) WHERE status = 'canceled';

SELECT switchyard.add_job_table(
  'agent-runs', 'ops.runs',
  columns => '{"cancelRequestedAt": "canceled_at", "failedAt": "finished_at", "canceledAt": "finished_at", "completedAt": "finished_at",
               "startedAt": "claimed_at", "startedBy": "claimed_by", "errorMessage": "error", "label": "lane_key", "key": "lane_key"}',
  states => '{"inFlight": "running", "complete": "succeeded", "parked": "waiting_input"}'
);
SELECT switchyard.add_parking('agent-runs', 'ops.runs', parked => 'waiting_input', columns => '{"cancelRequestedAt": "canceled_at"}');

INSERT INTO switchyard.grants (role, privileges, object)
SELECT role, 'USAGE', 'SCHEMA ops'
  FROM unnest('{switchyard_starter,switchyard_worker,switchyard_api,switchyard_reader}'::text[]) AS role;
SELECT switchyard.grant_queue('agent-runs', 'ops.runs');
