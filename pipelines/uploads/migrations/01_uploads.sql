-- Up Migration
-- squawk-ignore-file require-concurrent-index-creation, transaction-nesting, ban-uncommitted-transaction
-- A table that is adopted is often small, and adopted once: writers wait while its indexes are built (docs/adopting-tables.md).
-- Document uploads: `upload_pipeline.upload_jobs`, each job carried through its stages, and `upload_pipeline.documents`. Tables that
-- are there already are adopted: columns are added with constant defaults or none, so nothing is rewritten, and the indexes
-- hold only what waits, runs or failed. Building them reads the table some times while its writers wait: about a second for a
-- million rows (docs/adopting-tables.md). Stop the old poller first: what it had at hand waits again, and goes on at its stage.
--
-- In two transactions: the first locks out readers too, for as long as it takes to add columns. It bears being run again.

CREATE SCHEMA IF NOT EXISTS upload_pipeline;

CREATE TABLE IF NOT EXISTS upload_pipeline.documents (
  document_id uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  path        text        NOT NULL,
  media_type  text        NOT NULL,
  sha256      text        NOT NULL,
  size        bigint      NOT NULL,
  text_path   text,
  pages       integer,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN upload_pipeline.documents.path IS 'The stored document, relative to the upload root';
COMMENT ON COLUMN upload_pipeline.documents.text_path IS 'Its text, relative to the upload root: UTF-8, pages end with a form feed';
COMMENT ON COLUMN upload_pipeline.documents.pages IS 'Known once it is being parsed; 1 for a plain text';

CREATE TABLE IF NOT EXISTS upload_pipeline.upload_jobs (
  job_id      uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  document_id uuid        NOT NULL REFERENCES upload_pipeline.documents,
  stage       text        NOT NULL DEFAULT 'queued',
  state       text        NOT NULL DEFAULT 'queued',
  error       text,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),

  CONSTRAINT upload_jobs_state_known CHECK (state IN ('queued', 'working', 'done', 'failed', 'canceled'))
);

ALTER TABLE upload_pipeline.upload_jobs
  ALTER COLUMN stage SET DEFAULT 'queued',
  ALTER COLUMN state SET DEFAULT 'queued',
  ALTER COLUMN created_at SET DEFAULT clock_timestamp(),
  ALTER COLUMN updated_at SET DEFAULT clock_timestamp(),
  ADD COLUMN IF NOT EXISTS failed_stage        text,
  ADD COLUMN IF NOT EXISTS error_code          text,
  ADD COLUMN IF NOT EXISTS started_by          text,
  ADD COLUMN IF NOT EXISTS deadline            timestamptz,
  ADD COLUMN IF NOT EXISTS run_id              text,
  ADD COLUMN IF NOT EXISTS attempt             integer NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS priority            integer NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS request_id          text,
  ADD COLUMN IF NOT EXISTS started_at          timestamptz,
  ADD COLUMN IF NOT EXISTS completed_at        timestamptz,
  ADD COLUMN IF NOT EXISTS failed_at           timestamptz,
  ADD COLUMN IF NOT EXISTS canceled_at         timestamptz,
  ADD COLUMN IF NOT EXISTS run_at              timestamptz,
  ADD COLUMN IF NOT EXISTS cancel_requested_at timestamptz;

COMMENT ON COLUMN upload_pipeline.upload_jobs.stage IS
  'How far it has come; at job_validated while the document is checked, and after. A row may be inserted at any stage';
COMMENT ON COLUMN upload_pipeline.upload_jobs.state IS 'queued, working, done, failed, canceled';
COMMENT ON COLUMN upload_pipeline.upload_jobs.failed_stage IS 'The stage it broke in, where another attempt goes on';

-- A check that an older table has on its states may know no canceled ones; that of its stages is below.
SELECT switchyard.widen_states('upload_pipeline.upload_jobs', 'state', '{queued,working,done,failed,canceled}');
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN
    SELECT conname FROM pg_constraint
     WHERE conrelid = 'upload_pipeline.upload_jobs'::regclass AND contype = 'c'
       AND conkey IN (SELECT ARRAY[attnum] FROM pg_attribute
                       WHERE attrelid = 'upload_pipeline.upload_jobs'::regclass AND attname = 'stage')
  LOOP
    EXECUTE format('ALTER TABLE upload_pipeline.upload_jobs DROP CONSTRAINT %I', name);
  END LOOP;
END
$$;

-- NOT VALID: rows of an older table are not read for it.
ALTER TABLE upload_pipeline.upload_jobs
  DROP CONSTRAINT IF EXISTS upload_jobs_working_names_its_run,
  ADD CONSTRAINT upload_jobs_working_names_its_run CHECK (
    state <> 'working' OR (run_id IS NOT NULL AND started_at IS NOT NULL)) NOT VALID;

COMMIT;
BEGIN;

CREATE INDEX upload_jobs_created_idx ON upload_pipeline.upload_jobs (created_at, job_id);
CREATE INDEX upload_jobs_claim_idx ON upload_pipeline.upload_jobs (priority, created_at, job_id)
  WHERE state = 'queued' AND run_at IS NULL;
CREATE INDEX upload_jobs_delayed_idx ON upload_pipeline.upload_jobs (run_at) WHERE state = 'queued' AND run_at IS NOT NULL;
CREATE INDEX upload_jobs_in_flight_idx ON upload_pipeline.upload_jobs (started_at, job_id) WHERE state = 'working';
CREATE INDEX upload_jobs_cancel_requested_idx ON upload_pipeline.upload_jobs (job_id)
  WHERE state = 'working' AND cancel_requested_at IS NOT NULL;
CREATE INDEX upload_jobs_failed_idx ON upload_pipeline.upload_jobs (failed_at, job_id) WHERE state = 'failed';
CREATE INDEX upload_jobs_canceled_idx ON upload_pipeline.upload_jobs (canceled_at, job_id) WHERE state = 'canceled';

UPDATE upload_pipeline.upload_jobs SET state = 'queued' WHERE state = 'working';

-- The stage follows the state where a job fails or runs again, whoever moves it, and never goes back while it is worked on: of
-- two tries of one run, of which one was thought lost, the later stage stays.
CREATE FUNCTION upload_pipeline.keep_stage() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  stages constant text[] := '{queued,job_validated,parsing,parsed,complete}';
BEGIN
  NEW.updated_at := clock_timestamp();
  IF NEW.state = 'failed' AND OLD.state <> 'failed' THEN
    NEW.failed_stage := coalesce(nullif(OLD.stage, 'failed'), 'queued');
    NEW.error := NEW.failed_stage || ': ' || coalesce(NEW.error, 'no reason was given');
    NEW.stage := 'failed';
  ELSIF NEW.state IN ('queued', 'working') AND OLD.state IN ('failed', 'done', 'canceled') THEN
    IF NEW.stage = 'failed' THEN NEW.stage := coalesce(NEW.failed_stage, 'queued'); END IF;
    IF NEW.stage = 'complete' THEN NEW.stage := 'queued'; END IF;
    NEW.failed_stage := NULL;
    NEW.error := NULL;
    NEW.error_code := NULL;
    NEW.failed_at := NULL;
    NEW.completed_at := NULL;
  ELSIF NEW.state = 'working' AND OLD.state = 'working'
        AND array_position(stages, NEW.stage) < array_position(stages, OLD.stage) THEN
    NEW.stage := OLD.stage;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_stage BEFORE UPDATE ON upload_pipeline.upload_jobs
  FOR EACH ROW EXECUTE FUNCTION upload_pipeline.keep_stage();

-- By a trigger, not by a constraint: a row of an older table that says something else must not undo the claim it is part of.
-- A row that is inserted as failed but waits begins where it broke.
CREATE FUNCTION upload_pipeline.check_stage() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.stage NOT IN ('queued', 'job_validated', 'parsing', 'parsed', 'complete', 'failed') THEN
    RAISE EXCEPTION 'an upload job has no stage "%": it has queued, job_validated, parsing, parsed, complete, failed', NEW.stage
      USING ERRCODE = 'check_violation', CONSTRAINT = 'upload_jobs_stage_known';
  END IF;
  IF TG_OP = 'INSERT' AND NEW.state = 'queued' AND NEW.stage = 'failed' THEN
    NEW.stage := coalesce(NEW.failed_stage, 'queued');
    NEW.failed_stage := NULL;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER check_stage BEFORE INSERT OR UPDATE OF stage ON upload_pipeline.upload_jobs
  FOR EACH ROW EXECUTE FUNCTION upload_pipeline.check_stage();

SELECT switchyard.add_job_table(
  'uploads', 'upload_pipeline.upload_jobs',
  columns => '{"id": "job_id", "status": "state", "errorMessage": "error", "label": "document_id"}',
  states => '{"inFlight": "working", "complete": "done"}'
);

-- An event for each change of the stage that is none of the state; that one has its own.
CREATE FUNCTION upload_pipeline.record_stage() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  word constant text := CASE NEW.state WHEN 'working' THEN 'processing' WHEN 'done' THEN 'complete'
    WHEN 'queued' THEN 'queued' WHEN 'failed' THEN 'failed' WHEN 'canceled' THEN 'canceled' ELSE 'other' END;
BEGIN
  INSERT INTO switchyard.job_events (queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail)
  VALUES ('uploads', NEW.job_id::text, coalesce(NEW.attempt, 0), word, word, NEW.run_id, switchyard.actor(), 'STAGE', NEW.stage);
  RETURN NULL;
END
$$;
CREATE TRIGGER record_stage AFTER UPDATE ON upload_pipeline.upload_jobs
  FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage AND OLD.state = NEW.state)
  EXECUTE FUNCTION upload_pipeline.record_stage();

-- What a run found out about the document of its job; `false` when the job is no longer its own.
CREATE FUNCTION upload_pipeline.describe_document(job uuid, run text, page_count integer, text_stored_at text) RETURNS boolean
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  WITH mine AS (
    SELECT document_id FROM upload_pipeline.upload_jobs
     WHERE job_id = $1 AND run_id = $2 AND state = 'working' FOR SHARE
  ), described AS (
    UPDATE upload_pipeline.documents AS document SET pages = $3, text_path = coalesce($4, document.text_path)
      FROM mine WHERE document.document_id = mine.document_id RETURNING 1
  )
  SELECT EXISTS (SELECT FROM described)
$$;

INSERT INTO switchyard.grants (role, privileges, object)
SELECT role, privileges, object
  FROM (VALUES
    ('USAGE', 'SCHEMA upload_pipeline', '{starter,worker,api,reader}'::text[]),
    ('SELECT, UPDATE (text_path, pages)', 'upload_pipeline.documents', '{worker}'),
    ('SELECT', 'upload_pipeline.documents', '{api,reader}')
  ) AS list (privileges, object, roles),
  LATERAL (SELECT 'switchyard_' || unnest(roles) AS role) AS each;
SELECT switchyard.grant_queue('uploads', 'upload_pipeline.upload_jobs');
