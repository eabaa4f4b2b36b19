-- Up Migration
-- squawk-ignore-file constraint-missing-not-valid
-- Before the first release: no database has rows yet.
-- Who did what: changes by people and by tokens, not those that processes make. And what the API reads to show queues and jobs. New tables
-- and functions only; triggers are added to small tables, and to switchyard.job_events one that runs for such changes alone.

CREATE TABLE switchyard.actions (
  id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor  text        NOT NULL DEFAULT switchyard.actor(),
  action text        NOT NULL,
  queue  text,
  job_id text,
  detail text
);
COMMENT ON TABLE switchyard.actions IS 'What people and tokens did, one row each, written in the transaction that did it; append-only';
COMMENT ON COLUMN switchyard.actions.action IS 'cancel, retry, change, signal, answer, pause, resume, limits, objectives, redrive, token';
CREATE INDEX actions_queue_idx ON switchyard.actions (queue, id);
CREATE INDEX actions_actor_idx ON switchyard.actions (actor, id);

CREATE FUNCTION switchyard.refuse_action_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'switchyard.actions is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER actions_stay BEFORE UPDATE OR DELETE ON switchyard.actions
  FOR EACH ROW EXECUTE FUNCTION switchyard.refuse_action_change();
CREATE TRIGGER actions_are_not_truncated BEFORE TRUNCATE ON switchyard.actions
  FOR EACH STATEMENT EXECUTE FUNCTION switchyard.refuse_action_change();

-- Whether an actor is one of the processes, which do what rows and people say.
CREATE FUNCTION switchyard.is_process(actor text) RETURNS boolean LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT $1 ~ '^(switchyard )?(starter|worker)\M' OR $1 ~ '^redrive [0-9]+$' OR $1 = 'reconciler'
$$;

-- With its owner's rights: who may do something needs no right to write that he did.
CREATE FUNCTION switchyard.note_action(action text, queue text, job_id text, detail text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO switchyard.actions (action, queue, job_id, detail)
  SELECT $1, $2, $3, left($4, 2000) WHERE NOT switchyard.is_process(switchyard.actor())
$$;
REVOKE ALL ON FUNCTION switchyard.note_action FROM PUBLIC;

CREATE FUNCTION switchyard.note_job_action() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (NEW.code IN ('CANCEL_REQUESTED', 'ANSWERED')
      OR NEW.to_status = 'canceled' AND NEW.from_status = 'queued'
      OR NEW.to_status = 'queued' AND NEW.from_status IN ('complete', 'failed', 'canceled'))
     AND NOT switchyard.is_process(NEW.actor) THEN
    INSERT INTO switchyard.actions (at, actor, action, queue, job_id, detail)
    VALUES (NEW.at, NEW.actor,
            CASE WHEN NEW.code = 'ANSWERED' THEN 'answer' WHEN NEW.to_status = 'queued' THEN 'retry' ELSE 'cancel' END,
            NEW.queue, NEW.job_id, NEW.detail);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER job_events_note_actions AFTER INSERT ON switchyard.job_events FOR EACH ROW WHEN (NEW.from_status IS NOT NULL)
  EXECUTE FUNCTION switchyard.note_job_action();

CREATE FUNCTION switchyard.note_pause_action() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  what text := concat_ws(' ', NEW.scope, coalesce(NEW.key, NEW.system));
BEGIN
  IF NEW.resumed_at IS NULL THEN
    PERFORM switchyard.note_action('pause', NEW.queue, NULL, what || ': ' || NEW.reason);
  ELSE
    PERFORM switchyard.note_action('resume', NEW.queue, NULL, what);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER pauses_note_pause AFTER INSERT ON switchyard.pauses FOR EACH ROW
  WHEN (NOT NEW.automatic) EXECUTE FUNCTION switchyard.note_pause_action();
-- A breaker that closes by itself is a process's.
CREATE TRIGGER pauses_note_change AFTER UPDATE ON switchyard.pauses FOR EACH ROW
  WHEN (OLD.resumed_at IS NULL AND NEW.resumed_at IS NOT NULL OR OLD.automatic AND NOT NEW.automatic)
  EXECUTE FUNCTION switchyard.note_pause_action();

CREATE FUNCTION switchyard.note_limits_action() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  line jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
BEGIN
  PERFORM switchyard.note_action(CASE TG_TABLE_NAME WHEN 'objectives' THEN 'objectives' ELSE 'limits' END, line ->> 'queue', NULL,
    CASE TG_OP WHEN 'DELETE' THEN 'taken back ' ELSE '' END || (jsonb_strip_nulls(line) - 'queue' - 'updated_by' - 'updated_at')::text);
  RETURN NULL;
END
$$;
CREATE TRIGGER limits_note_action AFTER INSERT OR UPDATE OR DELETE ON switchyard.limits
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_limits_action();
CREATE TRIGGER key_limits_note_action AFTER INSERT OR UPDATE OR DELETE ON switchyard.key_limits
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_limits_action();

CREATE FUNCTION switchyard.note_other_action() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CASE TG_TABLE_NAME
    WHEN 'redrives' THEN PERFORM switchyard.note_action('redrive', NEW.queue, NULL, format('redrive %s: %s', NEW.id, NEW.reason));
    WHEN 'signals' THEN PERFORM switchyard.note_action('signal', NEW.queue, NEW.job_id, NEW.name);
    ELSE PERFORM switchyard.note_action('token', NULL, NULL,
                   CASE WHEN NEW.revoked_at IS NULL THEN format('%s with %s', NEW.name, array_to_string(NEW.scopes, ', '))
                        ELSE NEW.name || ' revoked' END);
  END CASE;
  RETURN NULL;
END
$$;
CREATE TRIGGER redrives_note_action AFTER INSERT ON switchyard.redrives
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_other_action();
CREATE TRIGGER signals_note_action AFTER INSERT ON switchyard.signals
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_other_action();
CREATE TRIGGER api_tokens_note_creation AFTER INSERT ON switchyard.api_tokens
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_other_action();
CREATE TRIGGER api_tokens_note_revocation AFTER UPDATE ON switchyard.api_tokens FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION switchyard.note_other_action();

-- Subscriptions without their addresses but for the place: the rest may hold a secret of the receiver.
CREATE VIEW switchyard.subscription_places AS
  SELECT name, queue, statuses, substring(url FROM '^https?://[^/?#]+') AS place, secret, created_by, created_at
    FROM switchyard.subscriptions;

-- Redrives that cancel jobs that wait, and more to ask for by which jobs are taken.
ALTER TABLE switchyard.redrives
  ADD COLUMN action         text   NOT NULL DEFAULT 'retry' CONSTRAINT redrives_action_known CHECK (action IN ('retry', 'cancel')),
  ADD COLUMN text_contains  text,
  ADD COLUMN created_after  timestamptz,
  ADD COLUMN created_before timestamptz,
  ADD COLUMN column_values  jsonb CONSTRAINT redrives_column_values_are_an_object CHECK (jsonb_typeof(column_values) = 'object'),
  ADD COLUMN canceled       bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT redrives_states_have_ended,
  ADD CONSTRAINT redrives_states_fit_the_action CHECK (
    cardinality(states) > 0
    AND states <@ CASE action WHEN 'cancel' THEN '{queued,delayed}'::text[] ELSE '{failed,canceled}' END);
COMMENT ON COLUMN switchyard.redrives.action IS 'retry: jobs that have ended are set back to queued; cancel: jobs that wait are canceled';
COMMENT ON COLUMN switchyard.redrives.states IS 'Jobs in these states: failed, canceled; to cancel: queued, and delayed for those that wait for a time';
COMMENT ON COLUMN switchyard.redrives.text_contains IS 'With this text in their id, label, key or error message, in small or capital letters';
COMMENT ON COLUMN switchyard.redrives.column_values IS 'With these values in columns of the table, by name; of a column of JSON what it holds';
COMMENT ON COLUMN switchyard.redrives.canceled IS 'How many jobs were canceled';
COMMENT ON COLUMN switchyard.redrives.ended_after IS 'Of jobs that wait: inserted after it';
ALTER TABLE switchyard.redrive_jobs
  DROP CONSTRAINT redrive_jobs_outcome_known,
  ADD CONSTRAINT redrive_jobs_outcome_known CHECK (outcome IN ('requeued', 'canceled', 'skipped', 'refused'));

-- Whether a row, as JSON, has these values: of a column of JSON that it holds them, of any other the same text.
CREATE FUNCTION switchyard.has_values(line jsonb, wanted jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(bool_and(CASE
           WHEN jsonb_typeof($1 -> each.key) IN ('object', 'array') THEN ($1 -> each.key) @> each.value
           ELSE $1 ->> each.key IS NOT DISTINCT FROM each.value #>> '{}' END), true)
    FROM jsonb_each($2) AS each
$$;

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest(roles), privileges, object
  FROM (VALUES
    ('SELECT', 'switchyard.doorbells', '{api,reader}'::text[]),
    ('SELECT', 'switchyard.watches', '{api}'),
    ('SELECT', 'switchyard.systems', '{api}'),
    ('SELECT', 'switchyard.system_failures', '{api}'),
    ('SELECT', 'switchyard.subscription_places', '{api,reader}'),
    ('SELECT', 'switchyard.actions', '{api,reader}'),
    ('EXECUTE', 'FUNCTION switchyard.note_action', '{api}'),
    ('EXECUTE', 'FUNCTION switchyard.has_values', '{api,worker}'),
    ('UPDATE (revoked_at)', 'switchyard.api_tokens', '{api}')
  ) AS list (privileges, object, roles)
ON CONFLICT DO NOTHING;
SELECT switchyard.apply_grants();
