CREATE SCHEMA shop;

CREATE TABLE shop.shipments (
  id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  order_number  text        NOT NULL,
  address       text,
  parcel        text,
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

  CONSTRAINT shipments_status_known CHECK (status IN ('queued', 'processing', 'complete', 'failed', 'canceled')),
  CONSTRAINT shipments_complete_has_parcel CHECK (status <> 'complete' OR parcel IS NOT NULL)
);

CREATE INDEX shipments_claim_idx ON shop.shipments (priority, created_at, id)
  WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX shipments_delayed_idx ON shop.shipments (run_at) WHERE status = 'queued' AND run_at IS NOT NULL;
CREATE INDEX shipments_in_flight_idx ON shop.shipments (started_at, id) WHERE status = 'processing';
CREATE INDEX shipments_cancel_requested_idx ON shop.shipments (id)
  WHERE status = 'processing' AND cancel_requested_at IS NOT NULL;

SELECT switchyard.add_queue('shipments', 'shop.shipments');
SELECT switchyard.grant_queue('shipments', 'shop.shipments');
