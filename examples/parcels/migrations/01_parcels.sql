-- Up Migration
CREATE SCHEMA post;

CREATE TABLE post.parcels (
  id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  -- Of this application: what it writes, and what its workflow answers.
  receiver      text        NOT NULL,
  address       text,
  contents      text        NOT NULL,
  collect_within_seconds integer NOT NULL DEFAULT 7 * 24 * 60 * 60,
  stage         text,
  grams         integer,
  tracking_code text,
  collected_by  text,
  -- Of every job.
  status        text        NOT NULL DEFAULT 'queued',
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
  run_at        timestamptz,
  cancel_requested_at timestamptz,

  CONSTRAINT parcels_status_known CHECK (status IN ('queued', 'processing', 'complete', 'failed', 'canceled')),
  CONSTRAINT parcels_complete_is_collected CHECK (status <> 'complete' OR collected_by IS NOT NULL)
);

CREATE INDEX parcels_claim_idx ON post.parcels (priority, created_at, id)
  WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX parcels_delayed_idx ON post.parcels (run_at) WHERE status = 'queued' AND run_at IS NOT NULL;
CREATE INDEX parcels_in_flight_idx ON post.parcels (started_at, id) WHERE status = 'processing';
CREATE INDEX parcels_cancel_requested_idx ON post.parcels (id)
  WHERE status = 'processing' AND cancel_requested_at IS NOT NULL;

SELECT switchyard.add_job_table('parcels', 'post.parcels');
SELECT switchyard.grant_queue('parcels', 'post.parcels');
