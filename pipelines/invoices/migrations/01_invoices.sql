-- Up Migration
-- The invoice queue: one row a job.

CREATE TYPE public.job_status AS ENUM ('queued', 'processing', 'complete', 'failed', 'canceled');

CREATE TABLE public.jobs (
  id                  uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  status              public.job_status NOT NULL DEFAULT 'queued',
  upload_path         text        NOT NULL,
  original_name       text        NOT NULL DEFAULT 'document.pdf',
  size_bytes          bigint,
  sha256              text,
  mapping             text        NOT NULL DEFAULT 'invoice',
  result_path         text,
  result_bytes        bigint,
  result_sha256       text,
  result_report       jsonb,
  error_code          text,
  error_message       text,
  leased_by           text,
  lease_expires_at    timestamptz,
  run_id              text,
  attempt             integer     NOT NULL DEFAULT 0,
  priority            integer     NOT NULL DEFAULT 0,
  request_id          text,
  created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at          timestamptz,
  completed_at        timestamptz,
  failed_at           timestamptz,
  updated_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  run_at              timestamptz,
  cancel_requested_at timestamptz,
  canceled_at         timestamptz,
  customer            text,

  CONSTRAINT jobs_attempt_not_negative CHECK (attempt >= 0),
  CONSTRAINT jobs_size_not_negative CHECK (size_bytes >= 0),
  CONSTRAINT jobs_sha256_is_hex CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT jobs_in_flight_names_its_run CHECK (status <> 'processing' OR (run_id IS NOT NULL AND started_at IS NOT NULL)),
  CONSTRAINT jobs_complete_has_result CHECK (
    status <> 'complete'
    OR (result_path IS NOT NULL AND result_bytes IS NOT NULL AND result_sha256 IS NOT NULL AND completed_at IS NOT NULL)
  ),
  CONSTRAINT jobs_failed_has_code CHECK ((status = 'failed') = (error_code IS NOT NULL)),
  CONSTRAINT jobs_failed_has_time CHECK (status <> 'failed' OR failed_at IS NOT NULL),
  CONSTRAINT jobs_ended_has_no_lease CHECK (
    status IN ('queued', 'processing') OR (leased_by IS NULL AND lease_expires_at IS NULL)
  )
);

COMMENT ON COLUMN public.jobs.id IS 'Job id, and the id of its Temporal workflow';
COMMENT ON COLUMN public.jobs.upload_path IS 'The stored PDF, relative to the upload root';
COMMENT ON COLUMN public.jobs.result_report IS 'What the gateway said of the result: warnings, and what the rules of EN 16931 say of it';
COMMENT ON COLUMN public.jobs.run_id IS 'The Temporal run that owns the row; fences every later write';
COMMENT ON COLUMN public.jobs.lease_expires_at IS 'The deadline of the workflow, for people and tools; nothing polls it';
COMMENT ON COLUMN public.jobs.attempt IS 'Raised by one each time the row is dispatched';
COMMENT ON COLUMN public.jobs.priority IS 'Lower first';
COMMENT ON COLUMN public.jobs.request_id IS 'The API request that brought the job in; repeated in every log line of it';
COMMENT ON COLUMN public.jobs.run_at IS 'Not before this time; cleared when it has come';
COMMENT ON COLUMN public.jobs.cancel_requested_at IS 'Set by whoever wants the job to end: at once while it waits, within a second while it runs';
COMMENT ON COLUMN public.jobs.customer IS 'Whose job it is: what limits per key, fair shares and pauses of a key go by';

-- Serves the claim in its order, and holds only what waits.
CREATE INDEX jobs_claim_idx ON public.jobs (priority, created_at, id) WHERE status = 'queued' AND run_at IS NULL;
-- Serves claims in turn: the keys that wait, one by one, and the first rows of each.
CREATE INDEX jobs_claim_by_key_idx ON public.jobs (priority, (coalesce(customer, '')), created_at, id)
  WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX jobs_delayed_idx ON public.jobs (run_at) WHERE status = 'queued' AND run_at IS NOT NULL;
-- Serves the count of jobs in flight, from the oldest of them on, and the reconciler's walk over them.
CREATE INDEX jobs_in_flight_idx ON public.jobs (started_at, id) WHERE status = 'processing';
CREATE INDEX jobs_cancel_requested_idx ON public.jobs (id) WHERE status = 'processing' AND cancel_requested_at IS NOT NULL;
CREATE INDEX jobs_failed_idx ON public.jobs (failed_at, id) WHERE status = 'failed';
CREATE INDEX jobs_canceled_idx ON public.jobs (canceled_at, id) WHERE status = 'canceled';
-- Serves the list of the API, newest first.
CREATE INDEX jobs_created_idx ON public.jobs (created_at DESC, id DESC);

-- Claims leave a dead index entry each; vacuum early, so that a claim need not step over many.
ALTER TABLE public.jobs SET (
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0,
  fillfactor = 80
);

CREATE TRIGGER jobs_touch_updated_at BEFORE UPDATE ON public.jobs
  FOR EACH ROW EXECUTE FUNCTION switchyard.touch_updated_at();

-- A job that is set back to `queued` starts clean, whoever sets it; `run_id` stays, so that a run that is still closing
-- is told apart from the next one.
CREATE FUNCTION switchyard.clear_invoice_outcome() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.error_code := NULL;
  NEW.error_message := NULL;
  NEW.result_path := NULL;
  NEW.result_bytes := NULL;
  NEW.result_sha256 := NULL;
  NEW.result_report := NULL;
  NEW.leased_by := NULL;
  NEW.lease_expires_at := NULL;
  NEW.completed_at := NULL;
  NEW.failed_at := NULL;
  RETURN NEW;
END
$$;

CREATE TRIGGER jobs_clear_outcome_on_requeue BEFORE UPDATE ON public.jobs
  FOR EACH ROW WHEN (NEW.status = 'queued' AND OLD.status <> 'queued')
  EXECUTE FUNCTION switchyard.clear_invoice_outcome();

-- What `Idempotency-Key` of an upload made: the same key with the same upload answers the same job.
CREATE TABLE public.upload_requests (
  idempotency_key text        PRIMARY KEY CHECK (length(idempotency_key) BETWEEN 1 AND 255),
  fingerprint     text        NOT NULL,
  job_id          uuid        NOT NULL REFERENCES public.jobs (id) ON DELETE CASCADE,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX upload_requests_job_idx ON public.upload_requests (job_id);

SELECT switchyard.add_job_table(
  'invoices', 'public.jobs',
  columns => '{"startedBy": "leased_by", "deadline": "lease_expires_at", "label": "original_name", "key": "customer"}'
);

INSERT INTO switchyard.grants (role, privileges, object) VALUES ('switchyard_api', 'SELECT, INSERT', 'public.upload_requests');
SELECT switchyard.grant_queue('invoices', 'public.jobs');
