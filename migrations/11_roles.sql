-- Up Migration
-- Database roles with just the rights that each process needs: switchyard_starter, switchyard_worker, switchyard_api, and
-- switchyard_reader for people and reports; switchyard_client for applications that enqueue, signal and cancel by function, and
-- switchyard_queue_owner for those that define queues of their own. They are groups without a login: GRANT switchyard_worker TO the account of a worker.
--
-- Roles belong to the whole server. An account that may not make them (CREATEROLE) leaves them out, with a warning; make them
-- then, and call switchyard.apply_grants(). Rights of the account that migrates, or of any other, stay as they are.

CREATE TABLE switchyard.grants (
  role       text NOT NULL,
  privileges text NOT NULL,
  object     text NOT NULL,
  PRIMARY KEY (role, privileges, object)
);
COMMENT ON TABLE switchyard.grants IS 'What each role may do; a migration that adds a table adds its lines and calls apply_grants()';

-- Grants what the table says to the roles that are there, on one object or on all; again does no harm.
CREATE FUNCTION switchyard.apply_grants(on_object text DEFAULT NULL) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  line record;
BEGIN
  FOR line IN
    SELECT * FROM switchyard.grants
     WHERE role IN (SELECT rolname FROM pg_catalog.pg_roles) AND (on_object IS NULL OR object = on_object)
  LOOP
    EXECUTE format('GRANT %s ON %s TO %I', line.privileges, line.object, line.role);
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION switchyard.apply_grants FROM PUBLIC;

-- The rights of the roles on one job table. Its triggers record and check with the rights of their owner from here on, so
-- that whoever may write a row needs no right on anything else, and nobody can write an event by hand. `alone`: other lines of the list
-- are not granted again, so that two queues may be made at once.
CREATE FUNCTION switchyard.grant_queue(queue text, job_table regclass, alone boolean DEFAULT false) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  part text;
  name text := (SELECT format('%I.%I', nspname, relname) FROM pg_catalog.pg_class
                  JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = job_table);
BEGIN
  FOREACH part IN ARRAY ARRAY['before_update', 'after_update', 'after_insert'] LOOP
    EXECUTE format('ALTER FUNCTION switchyard.%I() SECURITY DEFINER SET search_path = pg_catalog, pg_temp', queue || '_' || part);
  END LOOP;
  INSERT INTO switchyard.grants (role, privileges, object) VALUES
    ('switchyard_starter', 'SELECT, UPDATE', name),
    ('switchyard_worker', 'SELECT, UPDATE', name),
    ('switchyard_api', 'SELECT, INSERT, UPDATE', name),
    ('switchyard_reader', 'SELECT', name)
  ON CONFLICT DO NOTHING;
  PERFORM switchyard.apply_grants(CASE WHEN alone THEN name END);
END
$$;
REVOKE ALL ON FUNCTION switchyard.grant_queue FROM PUBLIC;

-- Two databases of one server may be migrated at once: whoever comes second finds the role there, or in the making.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'switchyard_starter', 'switchyard_worker', 'switchyard_api', 'switchyard_reader', 'switchyard_client', 'switchyard_queue_owner'
  ] LOOP
    CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name);
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN
        RAISE WARNING 'the role % was not created: this account may not create roles', name
          USING HINT = 'Where processes share one account it is not needed. Else have an administrator create it, then run SELECT switchyard.apply_grants().';
    END;
  END LOOP;
END
$$;

-- Functions are named too, also those that everybody may call by default: where ALTER DEFAULT PRIVILEGES, or a REVOKE of yours, takes
-- that away from PUBLIC, the roles keep them. Each role may read the list, by which its process checks itself.
INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest(roles), privileges, object
  FROM (VALUES
    ('USAGE', 'SCHEMA switchyard', '{starter,worker,api,reader}'::text[]),
    ('SELECT', 'switchyard.grants', '{starter,worker,api,reader}'),
    ('SELECT', 'switchyard.migrations', '{reader}'),

    ('SELECT', 'switchyard.job_events', '{starter,worker,api,reader}'),
    ('EXECUTE', 'FUNCTION switchyard.actor', '{worker,api}'),
    ('EXECUTE', 'FUNCTION switchyard.note_repair', '{worker}'),
    ('EXECUTE', 'FUNCTION switchyard.note_refusal', '{worker}'),
    ('EXECUTE', 'FUNCTION switchyard.note_refused_start', '{starter,worker}'),

    ('SELECT, INSERT, UPDATE', 'switchyard.doorbells', '{starter}'),
    ('SELECT, INSERT, UPDATE', 'switchyard.start_rates', '{starter}'),
    ('SELECT', 'switchyard.pauses', '{starter,worker,reader}'),
    ('SELECT, INSERT, UPDATE', 'switchyard.pauses', '{api}'),
    ('INSERT, UPDATE', 'switchyard.pauses', '{worker}'),
    ('EXECUTE', 'FUNCTION switchyard.pause', '{api}'),
    ('EXECUTE', 'FUNCTION switchyard.resume', '{api}'),
    ('SELECT', 'switchyard.limits', '{starter,worker,reader}'),
    ('SELECT, INSERT, UPDATE, DELETE', 'switchyard.limits', '{api}'),
    ('SELECT', 'switchyard.key_limits', '{starter,worker,reader}'),
    ('SELECT, INSERT, UPDATE, DELETE', 'switchyard.key_limits', '{api}'),

    ('SELECT, INSERT, UPDATE', 'switchyard.systems', '{worker}'),
    ('SELECT', 'switchyard.systems', '{reader}'),
    ('SELECT, INSERT, UPDATE, DELETE', 'switchyard.system_failures', '{worker}'),
    ('SELECT', 'switchyard.system_failures', '{reader}'),
    ('EXECUTE', 'FUNCTION switchyard.system_failed', '{worker}'),
    ('EXECUTE', 'FUNCTION switchyard.system_answered', '{worker}'),
    ('EXECUTE', 'FUNCTION switchyard.take_probe', '{worker}'),
    ('EXECUTE', 'FUNCTION switchyard.give_back_probe', '{worker}'),

    ('SELECT', 'switchyard.completions', '{reader}'),
    ('SELECT', 'switchyard.subscriptions', '{worker}'),
    -- An address may hold a secret of its receiver.
    ('SELECT (name, queue, statuses, created_by, created_at)', 'switchyard.subscriptions', '{reader}'),

    ('SELECT, INSERT', 'switchyard.redrive_jobs', '{worker}'),
    ('SELECT', 'switchyard.redrive_jobs', '{api,reader}'),
    ('SELECT', 'switchyard.redrive_outcomes', '{api,reader}'),

    ('SELECT', 'switchyard.database_identity', '{starter,worker,reader}'),
    ('EXECUTE', 'FUNCTION switchyard.database_place', '{starter,worker,reader}'),

    ('SELECT, UPDATE (last_used_at)', 'switchyard.api_tokens', '{api}'),
    ('SELECT (name, scopes, created_at, expires_at, revoked_at, last_used_at)', 'switchyard.api_tokens', '{reader}')
  ) AS list (privileges, object, roles);

SELECT switchyard.grant_queue('webhooks', 'switchyard.webhook_deliveries'),
       switchyard.grant_queue('redrives', 'switchyard.redrives');
