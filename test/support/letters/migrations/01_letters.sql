-- Up Migration
-- A job table of no application's, with all that a queue may have but parking.

CREATE TYPE public.letter_status AS ENUM ('queued', 'processing', 'complete', 'failed', 'canceled');

CREATE TABLE public.letters (
  id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  status        public.letter_status NOT NULL DEFAULT 'queued',
  title         text        NOT NULL DEFAULT 'a letter',
  customer      text,
  enclosure     text,
  pages         bigint,
  stage         text        NOT NULL DEFAULT 'written',
  result_path   text,
  result_bytes  bigint,
  result_sha256 text,
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

  CONSTRAINT letters_attempt_not_negative CHECK (attempt >= 0),
  CONSTRAINT letters_in_flight_names_its_run CHECK (status <> 'processing' OR (run_id IS NOT NULL AND started_at IS NOT NULL)),
  CONSTRAINT letters_complete_has_result CHECK (
    status <> 'complete'
    OR (result_path IS NOT NULL AND result_bytes IS NOT NULL AND result_sha256 IS NOT NULL AND completed_at IS NOT NULL)
  ),
  CONSTRAINT letters_failed_has_code CHECK ((status = 'failed') = (error_code IS NOT NULL)),
  CONSTRAINT letters_failed_has_time CHECK (status <> 'failed' OR failed_at IS NOT NULL),
  CONSTRAINT letters_ended_has_no_starter CHECK (
    status IN ('queued', 'processing') OR (started_by IS NULL AND deadline IS NULL)
  )
);

CREATE INDEX letters_created_idx ON public.letters (created_at, id);
CREATE INDEX letters_claim_idx ON public.letters (priority, created_at, id) WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX letters_claim_by_key_idx ON public.letters (priority, (coalesce(customer, '')), created_at, id)
  WHERE status = 'queued' AND run_at IS NULL;
CREATE INDEX letters_delayed_idx ON public.letters (run_at) WHERE status = 'queued' AND run_at IS NOT NULL;
CREATE INDEX letters_in_flight_idx ON public.letters (started_at, id) WHERE status = 'processing';
CREATE INDEX letters_cancel_requested_idx ON public.letters (id)
  WHERE status = 'processing' AND cancel_requested_at IS NOT NULL;
CREATE INDEX letters_failed_idx ON public.letters (failed_at, id) WHERE status = 'failed';
CREATE INDEX letters_canceled_idx ON public.letters (canceled_at, id) WHERE status = 'canceled';

ALTER TABLE public.letters SET (
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0,
  fillfactor = 80
);

CREATE TRIGGER letters_touch_updated_at BEFORE UPDATE ON public.letters
  FOR EACH ROW EXECUTE FUNCTION switchyard.touch_updated_at();

-- A letter that is set back to `queued` starts clean; `run_id` stays, so that a run that is still closing is told apart.
CREATE FUNCTION public.clear_letter_outcome() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.error_code := NULL;
  NEW.error_message := NULL;
  NEW.result_path := NULL;
  NEW.result_bytes := NULL;
  NEW.result_sha256 := NULL;
  NEW.started_by := NULL;
  NEW.deadline := NULL;
  NEW.completed_at := NULL;
  NEW.failed_at := NULL;
  RETURN NEW;
END
$$;

CREATE TRIGGER letters_clear_outcome_on_requeue BEFORE UPDATE ON public.letters
  FOR EACH ROW WHEN (NEW.status = 'queued' AND OLD.status <> 'queued')
  EXECUTE FUNCTION public.clear_letter_outcome();

-- A table that goes with its rows.
CREATE TABLE public.letter_copies (
  letter_id uuid NOT NULL REFERENCES public.letters (id) ON DELETE CASCADE
);
CREATE INDEX letter_copies_letter_idx ON public.letter_copies (letter_id);

SELECT switchyard.add_job_table('letters', 'public.letters', columns => '{"label": "title", "key": "customer"}');
SELECT switchyard.grant_queue('letters', 'public.letters');
