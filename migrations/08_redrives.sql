-- Up Migration
-- Redrives: many ended jobs set back to `queued`, so many a second.

-- A redrive is a job like any other, of the queue `redrives`: it is canceled, delayed and looked at in the same way.
CREATE TABLE switchyard.redrives (
  id                  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  status              text        NOT NULL DEFAULT 'queued',
  queue               text        NOT NULL,
  reason              text        NOT NULL,
  states              text[]      NOT NULL DEFAULT '{failed}',
  error_codes         text[],
  message_contains    text,
  keys                text[],
  ended_after         timestamptz,
  ended_before        timestamptz,
  per_second          integer     NOT NULL DEFAULT 10,
  most_waiting        integer,
  paused              boolean     NOT NULL DEFAULT false,
  total               bigint,
  requeued            bigint      NOT NULL DEFAULT 0,
  skipped             bigint      NOT NULL DEFAULT 0,
  waits_for           text,
  at_state            text,
  at_time             timestamptz,
  at_id               text,
  next_at             timestamptz NOT NULL DEFAULT 'epoch',
  created_by          text        NOT NULL DEFAULT switchyard.actor(),
  created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  error_code          text,
  error_message       text,
  started_by          text,
  deadline            timestamptz,
  run_id              text,
  attempt             integer     NOT NULL DEFAULT 0,
  priority            integer     NOT NULL DEFAULT 0,
  request_id          text,
  started_at          timestamptz,
  completed_at        timestamptz,
  failed_at           timestamptz,
  canceled_at         timestamptz,
  run_at              timestamptz,
  cancel_requested_at timestamptz,
  refused             bigint      NOT NULL DEFAULT 0,

  CONSTRAINT redrives_status_known CHECK (status IN ('queued', 'processing', 'complete', 'failed', 'canceled')),
  CONSTRAINT redrives_not_of_redrives CHECK (queue <> 'redrives'),
  CONSTRAINT redrives_states_have_ended CHECK (states <@ '{failed,canceled}' AND cardinality(states) > 0),
  CONSTRAINT redrives_per_second_in_bounds CHECK (per_second BETWEEN 1 AND 1000),
  CONSTRAINT redrives_most_waiting_positive CHECK (most_waiting > 0),
  CONSTRAINT redrives_failed_has_code CHECK (status <> 'failed' OR error_code IS NOT NULL)
);

COMMENT ON COLUMN switchyard.redrives.queue IS 'Whose jobs';
COMMENT ON COLUMN switchyard.redrives.states IS 'Jobs in these states: failed, canceled';
COMMENT ON COLUMN switchyard.redrives.error_codes IS 'With one of these error codes; NULL: with any or none';
COMMENT ON COLUMN switchyard.redrives.message_contains IS 'With this text in their error message, in small or capital letters';
COMMENT ON COLUMN switchyard.redrives.keys IS 'Of these keys';
COMMENT ON COLUMN switchyard.redrives.ended_before IS 'And in any case before created_at, so that what fails again is not taken again';
COMMENT ON COLUMN switchyard.redrives.per_second IS 'How many jobs a second are set back to queued; may be changed while it runs';
COMMENT ON COLUMN switchyard.redrives.most_waiting IS 'It waits while this many jobs of the queue wait; NULL: ten times per_second';
COMMENT ON COLUMN switchyard.redrives.paused IS 'It counts what it will take, and waits until this is false';
COMMENT ON COLUMN switchyard.redrives.total IS 'How many jobs matched when it began; NULL: not counted yet, or more than a million rows to look at';
COMMENT ON COLUMN switchyard.redrives.waits_for IS 'What holds it up now';
COMMENT ON COLUMN switchyard.redrives.at_id IS 'With at_state and at_time the job it has come to';
COMMENT ON COLUMN switchyard.redrives.next_at IS 'No batch before this time: what keeps it at per_second';
COMMENT ON COLUMN switchyard.redrives.refused IS 'Jobs that their table did not let go back to queued; redrive_jobs has the reasons';

CREATE INDEX redrives_claim_idx ON switchyard.redrives (priority, created_at, id) WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX redrives_delayed_idx ON switchyard.redrives (run_at) WHERE status = 'queued' AND run_at IS NOT NULL;
CREATE INDEX redrives_in_flight_idx ON switchyard.redrives (started_at, id) WHERE status = 'processing';
CREATE INDEX redrives_cancel_requested_idx ON switchyard.redrives (id)
  WHERE status = 'processing' AND cancel_requested_at IS NOT NULL;

SELECT switchyard.add_job_table('redrives', 'switchyard.redrives', columns => '{"label": "reason"}');

-- What a redrive did with each job, written in the transaction that did it. The key makes a second time impossible.
CREATE TABLE switchyard.redrive_jobs (
  redrive_id bigint      NOT NULL REFERENCES switchyard.redrives (id) ON DELETE CASCADE,
  job_id     text        NOT NULL,
  queue      text        NOT NULL,
  attempt    integer     NOT NULL,
  outcome    text        NOT NULL CONSTRAINT redrive_jobs_outcome_known CHECK (outcome IN ('requeued', 'skipped', 'refused')),
  at         timestamptz NOT NULL,
  reason     text,
  PRIMARY KEY (redrive_id, job_id)
);
COMMENT ON COLUMN switchyard.redrive_jobs.attempt IS 'The attempt that had ended';
COMMENT ON COLUMN switchyard.redrive_jobs.outcome IS
  'skipped: another transaction held the row or had just moved it; refused: its table did not let it go back to queued';
COMMENT ON COLUMN switchyard.redrive_jobs.reason IS 'Why it was refused, in words that hold no value of the row';

-- What became of the jobs of redrives, by their last event, so for every queue. NULL: its events were removed.
CREATE VIEW switchyard.redrive_outcomes AS
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
