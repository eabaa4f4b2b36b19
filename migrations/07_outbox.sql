-- Up Migration
-- The completion outbox: whoever subscribes to a queue gets a row for each job that ends, written in the transaction in
-- which it ends. It costs one look at the subscriptions for each job that ends.

CREATE TABLE switchyard.subscriptions (
  name       text        PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9_.-]{1,100}$'),
  queue      text        NOT NULL,
  statuses   text[]      NOT NULL DEFAULT '{complete,failed,canceled}',
  url        text,
  secret     text        NOT NULL DEFAULT 'default',
  created_by text        NOT NULL DEFAULT switchyard.actor(),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),

  CONSTRAINT subscriptions_statuses_known CHECK (statuses <@ '{complete,failed,canceled,parked}'),
  CONSTRAINT subscriptions_url_is_http CHECK (url ~ '^https?://[^/@\s]+(/[^\s]*)?$')
);
CREATE INDEX subscriptions_queue_idx ON switchyard.subscriptions (queue);
COMMENT ON COLUMN switchyard.subscriptions.statuses IS 'Whoever asks for parked hears of the question: its step is the code, its words are the detail';
COMMENT ON COLUMN switchyard.subscriptions.url IS 'Where a signed webhook goes; NULL: rows wait in switchyard.completions';
COMMENT ON COLUMN switchyard.subscriptions.secret IS 'Name of the secret in WEBHOOK_SECRETS that signs the webhook; never the secret itself';

-- For consumers by SQL: take rows with DELETE … RETURNING, in the transaction of what you do with them. See docs/webhooks.md.
CREATE TABLE switchyard.completions (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription text        NOT NULL REFERENCES switchyard.subscriptions ON DELETE CASCADE,
  at           timestamptz NOT NULL,
  queue        text        NOT NULL,
  job_id       text        NOT NULL,
  attempt      integer     NOT NULL,
  status       text        NOT NULL,
  code         text,
  event_id     bigint      NOT NULL
);
CREATE INDEX completions_subscription_idx ON switchyard.completions (subscription, id);

-- The webhooks, each a job of the queue `webhooks`; its id is the id of the message, the same at each try.
CREATE TABLE switchyard.webhook_deliveries (
  id                  uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  subscription        text        NOT NULL,
  label               text        NOT NULL,
  at                  timestamptz NOT NULL,
  queue               text        NOT NULL,
  job_id              text        NOT NULL,
  ended_attempt       integer     NOT NULL,
  ended_status        text        NOT NULL,
  ended_code          text,
  response_status     integer,

  status              text        NOT NULL DEFAULT 'queued',
  run_id              text,
  attempt             integer     NOT NULL DEFAULT 0,
  started_by          text,
  deadline            timestamptz,
  priority            integer     NOT NULL DEFAULT 0,
  request_id          text,
  error_code          text,
  error_message       text,
  run_at              timestamptz,
  cancel_requested_at timestamptz,
  created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at          timestamptz,
  completed_at        timestamptz,
  failed_at           timestamptz,
  canceled_at         timestamptz,
  ended_detail        text,

  CONSTRAINT webhook_deliveries_status_known CHECK (status IN ('queued', 'processing', 'complete', 'failed', 'canceled')),
  CONSTRAINT webhook_deliveries_in_flight_names_its_run CHECK (status <> 'processing' OR run_id IS NOT NULL),
  CONSTRAINT webhook_deliveries_failed_has_code CHECK (status <> 'failed' OR error_code IS NOT NULL)
);
COMMENT ON COLUMN switchyard.webhook_deliveries.ended_detail IS 'Of a parked job: what is asked';

CREATE INDEX webhook_deliveries_claim_idx ON switchyard.webhook_deliveries (priority, created_at, id)
  WHERE status = 'queued' AND run_at IS NULL;
-- Keys are subscriptions: one receiver that is slow or away does not hold up the others.
CREATE INDEX webhook_deliveries_claim_by_key_idx ON switchyard.webhook_deliveries
  (priority, (coalesce(subscription, '')), created_at, id) WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX webhook_deliveries_delayed_idx ON switchyard.webhook_deliveries (run_at)
  WHERE status = 'queued' AND run_at IS NOT NULL;
CREATE INDEX webhook_deliveries_in_flight_idx ON switchyard.webhook_deliveries (started_at, id)
  WHERE status = 'processing';
CREATE INDEX webhook_deliveries_cancel_requested_idx ON switchyard.webhook_deliveries (id)
  WHERE status = 'processing' AND cancel_requested_at IS NOT NULL;
CREATE INDEX webhook_deliveries_failed_idx ON switchyard.webhook_deliveries (failed_at, id) WHERE status = 'failed';
CREATE INDEX webhook_deliveries_canceled_idx ON switchyard.webhook_deliveries (canceled_at, id) WHERE status = 'canceled';
CREATE INDEX webhook_deliveries_created_idx ON switchyard.webhook_deliveries (created_at, id);
CREATE INDEX webhook_deliveries_job_idx ON switchyard.webhook_deliveries (queue, job_id);

-- Waits again as a new attempt of the same message.
CREATE FUNCTION switchyard.clear_delivery() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.error_code := NULL;
  NEW.error_message := NULL;
  NEW.failed_at := NULL;
  NEW.completed_at := NULL;
  NEW.response_status := NULL;
  RETURN NEW;
END
$$;
CREATE TRIGGER webhook_deliveries_clear_on_requeue BEFORE UPDATE ON switchyard.webhook_deliveries
  FOR EACH ROW WHEN (NEW.status = 'queued' AND OLD.status <> 'queued') EXECUTE FUNCTION switchyard.clear_delivery();

SELECT switchyard.add_job_table('webhooks', 'switchyard.webhook_deliveries', columns => '{"key": "subscription"}');

-- Runs in the transaction that ends the job: who ends it needs no right of its own on these tables.
CREATE FUNCTION switchyard.publish_end() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.to_status NOT IN ('complete', 'failed', 'canceled', 'parked') OR NEW.from_status = NEW.to_status
     OR NEW.queue = 'webhooks' THEN
    RETURN NULL;
  END IF;
  INSERT INTO switchyard.completions (subscription, at, queue, job_id, attempt, status, code, event_id)
  SELECT name, NEW.at, NEW.queue, NEW.job_id, NEW.attempt, NEW.to_status, NEW.code, NEW.id
    FROM switchyard.subscriptions
   WHERE queue = NEW.queue AND url IS NULL AND NEW.to_status = ANY (statuses);
  INSERT INTO switchyard.webhook_deliveries
         (subscription, label, at, queue, job_id, ended_attempt, ended_status, ended_code, ended_detail)
  SELECT name, name || ': ' || NEW.queue || ' ' || NEW.job_id || ' ' || NEW.to_status,
         NEW.at, NEW.queue, NEW.job_id, NEW.attempt, NEW.to_status, NEW.code,
         CASE WHEN NEW.to_status = 'parked' THEN NEW.detail END
    FROM switchyard.subscriptions
   WHERE queue = NEW.queue AND url IS NOT NULL AND NEW.to_status = ANY (statuses);
  RETURN NULL;
END
$$;
-- Its condition is short: Postgres reads it anew for each statement, and so for each INSERT of a job, which it lets pass.
CREATE TRIGGER job_events_publish_ends AFTER INSERT ON switchyard.job_events FOR EACH ROW WHEN (NEW.from_status IS NOT NULL)
  EXECUTE FUNCTION switchyard.publish_end();
