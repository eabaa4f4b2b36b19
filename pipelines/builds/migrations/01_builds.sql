-- Up Migration
-- squawk-ignore-file require-concurrent-index-creation, transaction-nesting, ban-uncommitted-transaction
-- A table that is adopted is often small, and adopted once: writers wait while its indexes are built (docs/adopting-tables.md).
-- Builds and deployments, and the audit of both. Tables that are there already are adopted: columns are added without a
-- rewrite; the indexes, of which one holds all rows, are built while writers wait: with a million rows in both, some seconds
-- (docs/adopting-tables.md). Stop the old poller first: what it left `ongoing` has no workflow, and waits again.
--
-- In two transactions: the first locks out readers too, for as long as it takes to add columns. It bears being run again.

CREATE TABLE IF NOT EXISTS public.builds (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  repository   text        NOT NULL,
  branch       text        NOT NULL DEFAULT 'main',
  commit_hash  text,
  triggered_by text        DEFAULT current_user,
  status       text        NOT NULL DEFAULT 'pending',
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at   timestamptz,
  completed_at timestamptz,
  error        text,

  CONSTRAINT builds_status_known CHECK (status IN ('pending', 'ongoing', 'succeeded', 'failed', 'canceled'))
);
ALTER TABLE public.builds
  ADD COLUMN IF NOT EXISTS build_command   text,
  ADD COLUMN IF NOT EXISTS artifact_path   text,
  ADD COLUMN IF NOT EXISTS artifact_bytes  bigint,
  ADD COLUMN IF NOT EXISTS artifact_sha256 text,
  ADD COLUMN IF NOT EXISTS label           text;

CREATE TABLE IF NOT EXISTS public.deployments (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id     bigint      NOT NULL REFERENCES public.builds (id) ON DELETE CASCADE,
  environment  text        NOT NULL,
  status       text        NOT NULL DEFAULT 'pending',
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at   timestamptz,
  completed_at timestamptz,
  error        text,

  CONSTRAINT deployments_status_known CHECK (status IN ('pending', 'ongoing', 'succeeded', 'failed', 'canceled'))
);
ALTER TABLE public.deployments ADD COLUMN IF NOT EXISTS release_path text;

-- The columns of the lifecycle, and the state `canceled`, which an old check may not know.
DO $$
DECLARE
  task text;
  job_table regclass;
BEGIN
  FOREACH task IN ARRAY ARRAY['builds', 'deployments'] LOOP
    job_table := format('public.%I', task);
    EXECUTE format('ALTER TABLE %s
      ADD COLUMN IF NOT EXISTS error_code          text,
      ADD COLUMN IF NOT EXISTS run_id              text,
      ADD COLUMN IF NOT EXISTS attempt             integer NOT NULL DEFAULT 0,
      ADD COLUMN IF NOT EXISTS started_by          text,
      ADD COLUMN IF NOT EXISTS deadline            timestamptz,
      ADD COLUMN IF NOT EXISTS priority            integer NOT NULL DEFAULT 0,
      ADD COLUMN IF NOT EXISTS request_id          text,
      ADD COLUMN IF NOT EXISTS run_at              timestamptz,
      ADD COLUMN IF NOT EXISTS cancel_requested_at timestamptz,
      ADD COLUMN IF NOT EXISTS canceled_at         timestamptz', job_table);
    PERFORM switchyard.widen_states(job_table, 'status', '{pending,ongoing,succeeded,failed,canceled}');
    EXECUTE format('ALTER TABLE %1$s DROP CONSTRAINT IF EXISTS %2$I, ADD CONSTRAINT %2$I
      CHECK (status <> ''ongoing'' OR (run_id IS NOT NULL AND started_at IS NOT NULL)) NOT VALID',
      job_table, task || '_ongoing_names_its_run');
  END LOOP;
END
$$;

COMMENT ON COLUMN public.builds.repository IS 'A local path or an address, as BUILD_LOCAL_ROOTS and BUILD_REPOSITORIES allow';
COMMENT ON COLUMN public.builds.commit_hash IS 'Empty until the branch is resolved; what it says then is built, also by a retry';
COMMENT ON COLUMN public.builds.build_command IS 'In place of BUILD_COMMAND, where BUILD_COMMAND_OVERRIDE is on';
COMMENT ON COLUMN public.builds.artifact_path IS 'Relative to BUILD_ROOT, where build.log lies beside it';
COMMENT ON COLUMN public.builds.label IS 'What people know the build by; never a whole address, which may hold a secret';
COMMENT ON COLUMN public.deployments.environment IS 'One deployment at a time; the name of a folder below DEPLOY_ROOT';
COMMENT ON COLUMN public.deployments.run_at IS 'Not before this time; infinity: when its build has ended';
COMMENT ON COLUMN public.deployments.release_path IS 'Relative to DEPLOY_ROOT; `current` beside its folder points to what is live';

COMMIT;
BEGIN;

CREATE INDEX builds_created_idx ON public.builds (created_at, id);
CREATE INDEX builds_claim_idx ON public.builds (priority, created_at, id) WHERE status = 'pending' AND run_at IS NULL;
CREATE INDEX builds_delayed_idx ON public.builds (run_at) WHERE status = 'pending' AND run_at IS NOT NULL;
CREATE INDEX builds_in_flight_idx ON public.builds (started_at, id) WHERE status = 'ongoing';
CREATE INDEX builds_cancel_requested_idx ON public.builds (id) WHERE status = 'ongoing' AND cancel_requested_at IS NOT NULL;
CREATE INDEX builds_failed_idx ON public.builds (completed_at, id) WHERE status = 'failed';
CREATE INDEX builds_canceled_idx ON public.builds (canceled_at, id) WHERE status = 'canceled';

CREATE INDEX deployments_created_idx ON public.deployments (created_at, id);
CREATE INDEX deployments_claim_idx ON public.deployments (priority, created_at, id) WHERE status = 'pending' AND run_at IS NULL;
CREATE INDEX deployments_claim_by_key_idx ON public.deployments (priority, (coalesce(environment, '')), created_at, id)
  WHERE status = 'pending' AND run_at IS NULL;
CREATE INDEX deployments_delayed_idx ON public.deployments (run_at) WHERE status = 'pending' AND run_at IS NOT NULL;
CREATE INDEX deployments_in_flight_idx ON public.deployments (started_at, id) WHERE status = 'ongoing';
CREATE INDEX deployments_cancel_requested_idx ON public.deployments (id) WHERE status = 'ongoing' AND cancel_requested_at IS NOT NULL;
CREATE INDEX deployments_failed_idx ON public.deployments (completed_at, id) WHERE status = 'failed';
CREATE INDEX deployments_canceled_idx ON public.deployments (canceled_at, id) WHERE status = 'canceled';
-- Whole: retention asks for each old build whether a deployment names it.
CREATE INDEX deployments_build_idx ON public.deployments (build_id);

SELECT switchyard.add_job_table(
  name, job_table, columns => '{"failedAt": "completed_at", "errorMessage": "error"}'::jsonb || more_columns,
  states => '{"waiting": "pending", "inFlight": "ongoing", "complete": "succeeded", "failed": "failed", "canceled": "canceled"}')
  FROM (VALUES ('builds', 'public.builds'::regclass, '{}'::jsonb),
               ('deployments', 'public.deployments', '{"label": "environment", "key": "environment"}')) AS queues (name, job_table, more_columns);

-- Who did what, written in the transaction that did it. Nobody changes or removes an entry.
CREATE TABLE switchyard.audit_entries (
  id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  action  text        NOT NULL,
  who     text        NOT NULL DEFAULT switchyard.actor(),
  queue   text        NOT NULL,
  task_id text,
  run_id  text,
  detail  text
);
CREATE INDEX audit_entries_task_idx ON switchyard.audit_entries (queue, task_id, id);
COMMENT ON TABLE switchyard.audit_entries IS 'WORKER_STARTED, WORKER_STOPPED, and BUILD_ or DEPLOYMENT_ with STARTED, SUCCEEDED, FAILED, CANCELED, RETRIED, RECOVERY; append-only';

CREATE FUNCTION switchyard.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'switchyard.audit_entries is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON switchyard.audit_entries
  FOR EACH ROW EXECUTE FUNCTION switchyard.refuse_audit_change();
CREATE TRIGGER audit_entries_are_not_truncated BEFORE TRUNCATE ON switchyard.audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION switchyard.refuse_audit_change();

-- Arguments: the word before the underscore, and the queue. A row that goes on under another run, or waits again without an
-- end, was recovered.
CREATE FUNCTION switchyard.audit_task() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO switchyard.audit_entries (action, queue, task_id, run_id, detail)
  VALUES (
    TG_ARGV[0] || '_' || CASE
      WHEN NEW.status = OLD.status OR (OLD.status, NEW.status) = ('ongoing', 'pending') THEN 'RECOVERY'
      WHEN NEW.status = 'ongoing' THEN 'STARTED'
      WHEN NEW.status = 'pending' THEN 'RETRIED'
      ELSE upper(NEW.status)
    END,
    TG_ARGV[1], NEW.id::text, NEW.run_id, coalesce(NEW.error, nullif(current_setting('switchyard.detail', true), ''))
  );
  RETURN NULL;
END
$$;
CREATE TRIGGER builds_audit AFTER UPDATE ON public.builds FOR EACH ROW
  WHEN (OLD.status <> NEW.status OR (NEW.status = 'ongoing' AND OLD.run_id <> NEW.run_id))
  EXECUTE FUNCTION switchyard.audit_task('BUILD', 'builds');
CREATE TRIGGER deployments_audit AFTER UPDATE ON public.deployments FOR EACH ROW
  WHEN (OLD.status <> NEW.status OR (NEW.status = 'ongoing' AND OLD.run_id <> NEW.run_id))
  EXECUTE FUNCTION switchyard.audit_task('DEPLOYMENT', 'deployments');

-- What a worker has to tell that no row shows.
CREATE FUNCTION switchyard.note_audit(action text, queue text, task_id text, run_id text, detail text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF action NOT IN ('WORKER_STARTED', 'WORKER_STOPPED', 'BUILD_RECOVERY', 'DEPLOYMENT_RECOVERY') THEN
    RAISE EXCEPTION 'no action that is noted by hand: %', action USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO switchyard.audit_entries (action, queue, task_id, run_id, detail) VALUES ($1, $2, $3, $4, $5);
END
$$;
REVOKE ALL ON FUNCTION switchyard.note_audit FROM PUBLIC;

-- An address with a password in it would stand in logs, in Temporal and on pages: better it never comes in.
CREATE FUNCTION switchyard.check_new_build() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.repository ~ '^https?://[^/]*@' OR NEW.repository ~ '://[^/@]*:[^/@]*@' OR NEW.repository ~ '://.*[?#]' THEN
    RAISE EXCEPTION 'the address of a repository must not hold a user or password, nor "?" or "#"'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'builds_repository_has_no_secret';
  END IF;
  NEW.label := left(regexp_replace(regexp_replace(NEW.repository, '/+$|[.]git$', ''), '^.*[/:]', '') || ' ' || NEW.branch, 200);
  RETURN NEW;
END
$$;
CREATE TRIGGER builds_check_new BEFORE INSERT ON public.builds FOR EACH ROW EXECUTE FUNCTION switchyard.check_new_build();

-- What waits again starts clean; the commit stays, so that a retry builds the same. Whether a deployment must wait for its build
-- is asked anew, by the next trigger: that may have ended since.
CREATE FUNCTION switchyard.clear_build_outcome() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.error := NULL;
  NEW.error_code := NULL;
  NEW.started_by := NULL;
  NEW.deadline := NULL;
  NEW.completed_at := NULL;
  IF TG_TABLE_NAME = 'builds' THEN
    NEW.artifact_path := NULL;
    NEW.artifact_bytes := NULL;
    NEW.artifact_sha256 := NULL;
  ELSE
    NEW.release_path := NULL;
    NEW.run_at := nullif(NEW.run_at, 'infinity');
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER builds_clear_outcome BEFORE UPDATE ON public.builds FOR EACH ROW
  WHEN (NEW.status = 'pending' AND OLD.status <> 'pending') EXECUTE FUNCTION switchyard.clear_build_outcome();
CREATE TRIGGER deployments_clear_outcome BEFORE UPDATE ON public.deployments FOR EACH ROW
  WHEN (NEW.status = 'pending' AND OLD.status <> 'pending') EXECUTE FUNCTION switchyard.clear_build_outcome();

-- A deployment waits until its build has ended. The lock waits for a build that is ending at this moment, and keeps one from
-- ending unseen: whichever of the two commits first, the other sees it.
CREATE FUNCTION switchyard.wait_for_build() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM public.builds WHERE id = NEW.build_id AND status IN ('pending', 'ongoing') FOR SHARE;
  IF FOUND THEN
    NEW.run_at := 'infinity';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER deployments_wait_for_new_build BEFORE INSERT ON public.deployments FOR EACH ROW
  WHEN (NEW.status = 'pending' AND NEW.run_at IS NULL) EXECUTE FUNCTION switchyard.wait_for_build();
CREATE TRIGGER deployments_wait_for_build BEFORE UPDATE ON public.deployments FOR EACH ROW
  WHEN (NEW.status = 'pending' AND NEW.run_at IS NULL
        AND (OLD.status <> 'pending' OR OLD.run_at IS NOT NULL OR OLD.build_id <> NEW.build_id))
  EXECUTE FUNCTION switchyard.wait_for_build();

-- A build that has ended, however, lets its deployments go: those of one that failed run, and say so. One that waits again
-- holds those back that have not begun.
CREATE FUNCTION switchyard.release_deployments() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.status IN ('succeeded', 'failed', 'canceled') THEN
    UPDATE public.deployments SET run_at = NULL
     WHERE build_id = NEW.id AND status = 'pending' AND run_at = 'infinity';
  ELSIF NEW.status = 'pending' THEN
    UPDATE public.deployments SET run_at = 'infinity' WHERE build_id = NEW.id AND status = 'pending' AND run_at IS NULL;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER builds_release_deployments AFTER UPDATE ON public.builds FOR EACH ROW
  WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION switchyard.release_deployments();

INSERT INTO switchyard.grants (role, privileges, object) VALUES
  ('switchyard_worker', 'SELECT', 'switchyard.audit_entries'),
  ('switchyard_api', 'SELECT', 'switchyard.audit_entries'),
  ('switchyard_reader', 'SELECT', 'switchyard.audit_entries'),
  ('switchyard_worker', 'EXECUTE', 'FUNCTION switchyard.note_audit');
SELECT switchyard.grant_queue('builds', 'public.builds'), switchyard.grant_queue('deployments', 'public.deployments');

-- What an adopted table holds. Its unfinished work has no workflow; its deployments wait for their builds.
UPDATE public.builds SET status = 'pending' WHERE status = 'ongoing';
UPDATE public.deployments SET status = 'pending' WHERE status = 'ongoing';
UPDATE public.deployments SET run_at = 'infinity'
 WHERE status = 'pending' AND run_at IS NULL
   AND EXISTS (SELECT FROM public.builds WHERE builds.id = build_id AND builds.status = 'pending');

-- One deployment at a time in an environment, whoever writes the row and whatever the limits say.
CREATE UNIQUE INDEX deployments_one_ongoing_idx ON public.deployments (environment) WHERE status = 'ongoing';
