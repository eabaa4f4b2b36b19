-- Up Migration
-- The jobs of watched queues: any workflow of anybody, started with what the row says and watched until it ends. Each queue has a job
-- table from one template, in a schema of their own, so that no queue's name meets a table of ours.

-- Not CREATE SCHEMA IF NOT EXISTS, which asks for the right to create schemas also where it is there.
DO $$
BEGIN
  IF to_regnamespace('switchyard_jobs') IS NULL THEN
    CREATE SCHEMA switchyard_jobs;
  END IF;
END
$$;
COMMENT ON SCHEMA switchyard_jobs IS 'A job table for each watched queue; made by switchyard.create_queue and add_queue';

-- What every watched job table does before an update, beside the triggers of all job tables. The argument says whether the
-- queue has a mirror.
CREATE FUNCTION switchyard.before_watched_update() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.status IN ('queued', 'processing') AND OLD.status <> NEW.status THEN
    NEW.result := NULL;
    NEW.result_note := NULL;
    NEW.error_code := NULL;
    NEW.error_message := NULL;
    NEW.completed_at := NULL;
    NEW.failed_at := NULL;
    NEW.canceled_at := NULL;
  END IF;
  IF NEW.status = 'queued' THEN
    NEW.ended_run_id := NULL;
  END IF;
  -- A claim that was rolled back may have left a workflow for the attempt that this row waited for. The next one is another attempt, so
  -- that it does not take that workflow, which is being stopped, for its own.
  IF OLD.status = 'queued' AND NEW.status = 'canceled' THEN
    NEW.attempt := OLD.attempt + 1;
  END IF;
  IF TG_ARGV[0] = 'mirrored' AND (OLD.status, OLD.run_id) IS DISTINCT FROM (NEW.status, NEW.run_id) THEN
    NEW.mirror_due := true;
  END IF;
  RETURN NEW;
END
$$;

-- The template. Whoever adds a column here adds it to the tables that are there, in a migration.
CREATE FUNCTION switchyard.create_job_table(queue text, id_type text, mirrored boolean) RETURNS regclass
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create_job_table$
DECLARE
  index record;
BEGIN
  EXECUTE format($template$
    CREATE TABLE switchyard_jobs.%1$I (
      id                  %2$s        PRIMARY KEY,
      workflow_id         text        NOT NULL,
      input               jsonb,
      input_problem       text,
      headers             jsonb,
      search_attributes   jsonb,
      key                 text,
      priority            integer     NOT NULL DEFAULT 0,
      run_at              timestamptz,
      request_id          text,
      status              text        NOT NULL DEFAULT 'queued',
      run_id              text,
      attempt             integer     NOT NULL DEFAULT 0,
      result              jsonb,
      result_note         text,
      ended_run_id        text,
      error_code          text,
      error_message       text,
      cancel_requested_at timestamptz,
      started_by          text,
      deadline            timestamptz,
      created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
      started_at          timestamptz,
      completed_at        timestamptz,
      failed_at           timestamptz,
      canceled_at         timestamptz,
      mirror_due          boolean     NOT NULL DEFAULT %3$L,
      mirrored_at         timestamptz,

      CONSTRAINT %4$I CHECK (status IN ('queued', 'processing', 'complete', 'failed', 'canceled')),
      CONSTRAINT %5$I CHECK (status <> 'processing' OR run_id IS NOT NULL),
      CONSTRAINT %6$I CHECK (status <> 'failed' OR error_code IS NOT NULL)
    ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)
  $template$, queue, id_type, mirrored,
    queue || '_status_known', queue || '_in_flight_names_its_run', queue || '_failed_has_code');

  FOR index IN
    SELECT * FROM (VALUES
      ('claim', '(priority, created_at, id)', 'status = ''queued'' AND run_at IS NULL'),
      ('claim_by_key', '(priority, (coalesce(key, '''')), created_at, id)', 'status = ''queued'' AND run_at IS NULL'),
      ('delayed', '(run_at)', 'status = ''queued'' AND run_at IS NOT NULL'),
      ('in_flight', '(started_at, id)', 'status = ''processing'''),
      ('cancel_requested', '(id)', 'status = ''processing'' AND cancel_requested_at IS NOT NULL'),
      ('failed', '(failed_at, id)', 'status = ''failed'''),
      ('canceled', '(canceled_at, id)', 'status = ''canceled'''),
      ('mirror_due', '(id)', 'mirror_due')
    ) AS list (name, columns, condition)
  LOOP
    EXECUTE format('CREATE INDEX %I ON switchyard_jobs.%I %s WHERE %s',
                   queue || '_' || index.name || '_idx', queue, index.columns, index.condition);
  END LOOP;
  -- Whole: people look through all jobs, the newest first.
  EXECUTE format('CREATE INDEX %I ON switchyard_jobs.%I (created_at, id)', queue || '_created_idx', queue);

  EXECUTE format('CREATE TRIGGER switchyard_before_watched_update BEFORE UPDATE ON switchyard_jobs.%I
                    FOR EACH ROW EXECUTE FUNCTION switchyard.before_watched_update(%L)',
                 queue, CASE WHEN mirrored THEN 'mirrored' ELSE '' END);
  EXECUTE format('COMMENT ON COLUMN switchyard_jobs.%I.input_problem IS %L', queue,
                 'Why Temporal cannot be given the input: the job fails instead of starting, CODE: words');
  EXECUTE format('COMMENT ON COLUMN switchyard_jobs.%I.headers IS %L', queue,
                 'The trace context of the writer''s session: traceparent, tracestate');
  EXECUTE format('COMMENT ON COLUMN switchyard_jobs.%I.result_note IS %L', queue,
                 'Why a result that the workflow returned does not stand in result: it is no JSON');
  EXECUTE format('COMMENT ON COLUMN switchyard_jobs.%I.run_id IS %L', queue,
                 'The first run of the workflow''s chain, which continue-as-new, retries and resets keep');
  EXECUTE format('COMMENT ON COLUMN switchyard_jobs.%I.ended_run_id IS %L', queue,
                 'The run of the workflow whose end the row shows, or showed before a reset brought the job back; NULL: none');
  EXECUTE format('COMMENT ON COLUMN switchyard_jobs.%I.mirror_due IS %L', queue,
                 'The application''s row does not show yet how the job goes');
  PERFORM switchyard.add_job_table(queue, format('switchyard_jobs.%I', queue)::regclass, watched => true);
  -- The starter removes jobs whose time is over.
  INSERT INTO switchyard.grants (role, privileges, object)
  VALUES ('switchyard_starter', 'DELETE', format('switchyard_jobs.%I', queue)) ON CONFLICT DO NOTHING;
  PERFORM switchyard.grant_queue(queue, format('switchyard_jobs.%I', queue)::regclass, alone => true);
  PERFORM switchyard.apply_workflow_id_prefix(format('switchyard_jobs.%I', queue)::regclass);
  RETURN format('switchyard_jobs.%I', queue)::regclass;
END
$create_job_table$;
REVOKE ALL ON FUNCTION switchyard.create_job_table FROM PUBLIC;

-- What rows tell workflows, each once and in order for each job. A signal waits while its job is queued.
CREATE TABLE switchyard.signals (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id uuid        NOT NULL DEFAULT gen_random_uuid(),
  queue      text        NOT NULL,
  job_id     text        NOT NULL,
  name       text        NOT NULL CHECK (name <> ''),
  args       jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(args) = 'array'),
  status     text        NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'delivered', 'failed')),
  run_id     text,
  error      text,
  created_by text        NOT NULL DEFAULT switchyard.actor(),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at   timestamptz
);
COMMENT ON COLUMN switchyard.signals.request_id IS 'Temporal takes a signal with one request id once';
COMMENT ON COLUMN switchyard.signals.args IS 'Its arguments, in order';
COMMENT ON COLUMN switchyard.signals.run_id IS 'The run that it is sent to, written down before: after a crash that one is asked first';
COMMENT ON COLUMN switchyard.signals.error IS 'Why it could not be delivered';
CREATE INDEX signals_waiting_idx ON switchyard.signals (queue, job_id, id) WHERE status = 'waiting';
CREATE INDEX signals_job_idx ON switchyard.signals (queue, job_id, id);

-- Notes on the job that a signal could not be delivered. With its owner's rights, as starters write no other event.
CREATE FUNCTION switchyard.note_failed_signal(queue text, job_id text, run_id text, why text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO switchyard.job_events (queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail)
  SELECT $1, $2, coalesce(last.attempt, 0), coalesce(last.to_status, 'canceled'), coalesce(last.to_status, 'canceled'),
         $3, switchyard.actor(), 'SIGNAL_FAILED', $4
    FROM (SELECT) AS once
    LEFT JOIN LATERAL (
      SELECT event.attempt, event.to_status FROM switchyard.job_events AS event
       WHERE event.queue = $1 AND event.job_id = $2
       ORDER BY event.id DESC LIMIT 1) AS last ON true
$$;
REVOKE ALL ON FUNCTION switchyard.note_failed_signal FROM PUBLIC;

CREATE FUNCTION switchyard.ring_after_signal() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM switchyard.ring_for_signal(NEW.queue);
  RETURN NULL;
END
$$;
CREATE TRIGGER signals_ring AFTER INSERT ON switchyard.signals
  FOR EACH ROW EXECUTE FUNCTION switchyard.ring_after_signal();

-- Starters that listen hear of queues that come, change and go.
CREATE FUNCTION switchyard.ring_after_registry() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF switchyard.may_notify() THEN
    PERFORM pg_notify('switchyard_queues', '');
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER queues_ring AFTER INSERT OR UPDATE OR DELETE ON switchyard.queues
  FOR EACH STATEMENT EXECUTE FUNCTION switchyard.ring_after_registry();

-- Which starter polls Temporal for the ends of a queue's workflows, so that not all of them do; and how far it has come.
CREATE TABLE switchyard.watches (
  queue        text        PRIMARY KEY,
  held_by      text        NOT NULL,
  held_until   timestamptz NOT NULL,
  closed_since timestamptz,
  swept_at     timestamptz,
  swept_id     text
) WITH (fillfactor = 10);
COMMENT ON COLUMN switchyard.watches.closed_since IS 'Workflows that closed before this time have been looked at';
COMMENT ON COLUMN switchyard.watches.swept_at IS 'With swept_id the row in flight that the slow sweep has come to, by its start';

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest(roles), privileges, object
  FROM (VALUES
    ('USAGE', 'SCHEMA switchyard_jobs', '{starter,worker,api,reader}'::text[]),
    ('SELECT', 'switchyard.queues', '{starter,worker,api,reader}'),
    ('SELECT, UPDATE, DELETE', 'switchyard.signals', '{starter}'),
    ('EXECUTE', 'FUNCTION switchyard.note_repair', '{starter}'),
    ('EXECUTE', 'FUNCTION switchyard.note_refusal', '{starter}'),
    ('SELECT', 'switchyard.signals', '{api,reader}'),
    ('EXECUTE', 'FUNCTION switchyard.note_failed_signal', '{starter}'),
    ('EXECUTE', 'FUNCTION switchyard.ring_for_signal', '{starter}'),
    ('EXECUTE', 'FUNCTION switchyard.may_notify', '{starter}'),
    ('SELECT, INSERT, UPDATE, DELETE', 'switchyard.watches', '{starter}'),
    ('SELECT', 'switchyard.watches', '{reader}')
  ) AS list (privileges, object, roles);
SELECT switchyard.apply_grants();
