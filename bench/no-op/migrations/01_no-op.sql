-- Up Migration
-- Jobs that do nothing. Columns, constraints, indexes and triggers are those that a job table of an application has.

CREATE TABLE public.no_op_jobs (
  id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  status        text        NOT NULL DEFAULT 'queued',
  label         text        NOT NULL DEFAULT 'nothing',
  customer      text,
  activity_at   double precision,
  error_code    text,
  error_message text,
  started_by    text,
  deadline      timestamptz,
  run_id        text,
  attempt       integer     NOT NULL DEFAULT 0,
  priority      integer     NOT NULL DEFAULT 0,
  request_id    text,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at    timestamptz,
  completed_at  timestamptz,
  failed_at     timestamptz,
  canceled_at   timestamptz,
  updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  run_at        timestamptz,
  cancel_requested_at timestamptz,

  CONSTRAINT no_op_jobs_status_known CHECK (status IN ('queued', 'processing', 'complete', 'failed', 'canceled')),
  CONSTRAINT no_op_jobs_in_flight_names_its_run CHECK (status <> 'processing' OR (run_id IS NOT NULL AND started_at IS NOT NULL)),
  CONSTRAINT no_op_jobs_failed_has_code CHECK ((status = 'failed') = (error_code IS NOT NULL))
) WITH (
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0,
  fillfactor = 80
);
COMMENT ON COLUMN public.no_op_jobs.activity_at IS 'When the activity began, in milliseconds since 1970';

CREATE TABLE public.three_activities_jobs (LIKE public.no_op_jobs INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (id))
  WITH (
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    fillfactor = 80
  );

CREATE INDEX no_op_jobs_claim_idx ON public.no_op_jobs (priority, created_at, id)
  WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX no_op_jobs_claim_by_key_idx ON public.no_op_jobs (priority, (coalesce(customer, '')), created_at, id)
  WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX no_op_jobs_delayed_idx ON public.no_op_jobs (run_at) WHERE status = 'queued' AND run_at IS NOT NULL;
CREATE INDEX no_op_jobs_in_flight_idx ON public.no_op_jobs (started_at, id) WHERE status = 'processing';
CREATE INDEX no_op_jobs_cancel_requested_idx ON public.no_op_jobs (id)
  WHERE status = 'processing' AND cancel_requested_at IS NOT NULL;
CREATE INDEX no_op_jobs_created_idx ON public.no_op_jobs (created_at DESC, id DESC);

CREATE INDEX three_activities_jobs_claim_idx ON public.three_activities_jobs (priority, created_at, id)
  WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX three_activities_jobs_claim_by_key_idx
  ON public.three_activities_jobs (priority, (coalesce(customer, '')), created_at, id)
  WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX three_activities_jobs_delayed_idx ON public.three_activities_jobs (run_at)
  WHERE status = 'queued' AND run_at IS NOT NULL;
CREATE INDEX three_activities_jobs_in_flight_idx ON public.three_activities_jobs (started_at, id)
  WHERE status = 'processing';
CREATE INDEX three_activities_jobs_cancel_requested_idx ON public.three_activities_jobs (id)
  WHERE status = 'processing' AND cancel_requested_at IS NOT NULL;
CREATE INDEX three_activities_jobs_created_idx ON public.three_activities_jobs (created_at DESC, id DESC);

SELECT switchyard.add_job_table('no-op', 'public.no_op_jobs'),
       switchyard.add_job_table('three-activities', 'public.three_activities_jobs');

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.no_op_jobs
  FOR EACH ROW EXECUTE FUNCTION switchyard.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.three_activities_jobs
  FOR EACH ROW EXECUTE FUNCTION switchyard.touch_updated_at();
