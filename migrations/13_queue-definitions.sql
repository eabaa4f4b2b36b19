-- Up Migration
-- Defining watched queues: what create_queue, add_queue and drop_queue share. New functions only; nothing is locked.
--
-- create_queue, add_queue and drop_queue run with the rights of their caller, who must own the table, and call functions here that
-- write the registry and make the job table with the rights of the owner of the schema. Whoever defines queues needs the role
-- switchyard_queue_owner. It may make functions in switchyard_jobs, where the triggers of its tables live; nothing of ours is looked up
-- there without a schema.

CREATE FUNCTION switchyard.refuse(sqlstate_code text, message text, hint text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '%', message USING ERRCODE = sqlstate_code, HINT = hint;
END
$$;

-- Who calls: in a function with its owner's rights, current_user is that owner.
CREATE FUNCTION switchyard.calling_role() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE current_setting('role') WHEN 'none' THEN session_user::text ELSE current_setting('role') END
$$;

CREATE FUNCTION switchyard.check_name_of_workflow(what text, queue text, given text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(btrim(given), '') = '' THEN
    PERFORM switchyard.refuse('22023', format('the %s of the queue "%s" is empty', what, queue),
      format('Give the name by which your worker knows it: %s => ''…''.', replace(what, ' ', '_')));
  ELSIF octet_length(given) > 1000 THEN
    PERFORM switchyard.refuse('22023', format('the %s of the queue "%s" has %s bytes', what, queue, octet_length(given)),
      'Temporal takes 1000 bytes at most.');
  END IF;
END
$$;

-- What must hold for any watched queue, before anything is made.
CREATE FUNCTION switchyard.check_definition(definition jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  queue text := definition ->> 'name';
  kind text := (SELECT known.kind FROM switchyard.queues AS known WHERE known.name = queue);
  field text;
BEGIN
  IF queue IS NULL OR queue !~ '^[a-z][a-z0-9_-]{0,39}$' THEN
    PERFORM switchyard.refuse('42602', format('"%s" is no name for a queue', queue),
      'A name has up to 40 small letters, digits, _ and -, and begins with a letter.');
  ELSIF kind IS NOT NULL THEN
    PERFORM switchyard.refuse('42710', format('there is a queue "%s" already', queue),
      CASE kind WHEN 'watched' THEN format('Take another name, or remove that one with SELECT switchyard.drop_queue(%L).', queue)
                ELSE 'It belongs to an application''s own job table. Take another name.' END);
  ELSIF to_regclass(format('switchyard_jobs.%I', queue)) IS NOT NULL
        OR to_regclass(format('switchyard_jobs.%I', queue || '_claim_idx')) IS NOT NULL THEN
    PERFORM switchyard.refuse('42710', format('the name "%s" is taken by something else in the schema switchyard_jobs', queue),
      'Take another name.');
  END IF;
  PERFORM switchyard.check_name_of_workflow('workflow', queue, definition ->> 'workflow');
  PERFORM switchyard.check_name_of_workflow('task queue', queue, definition ->> 'task_queue');
  FOREACH field IN ARRAY ARRAY['max_in_flight', 'max_per_key'] LOOP
    IF (definition ->> field)::integer < 0 THEN
      PERFORM switchyard.refuse('22023', format('%s of the queue "%s" is %s', field, queue, definition ->> field),
        'It must be 0 or more; NULL: no limit of its own.');
    END IF;
  END LOOP;
  FOREACH field IN ARRAY ARRAY['execution_timeout', 'run_timeout'] LOOP
    IF (definition ->> field)::interval <= interval '0' THEN
      PERFORM switchyard.refuse('22023', format('%s of the queue "%s" is %s', field, queue, definition ->> field),
        'It must be more than nothing; NULL: none.');
    END IF;
  END LOOP;
END
$$;

-- Two that define or drop a queue of one name come one after the other.
CREATE FUNCTION switchyard.lock_queue_name(queue text) RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('switchyard: definition of the queue ' || $1, 0))
$$;

-- Says which rights are missing before Postgres says it in words that do not name the way out.
CREATE FUNCTION switchyard.check_may_define(role text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT has_function_privilege(role, 'switchyard.define_queue(jsonb)', 'EXECUTE')
     OR NOT has_schema_privilege(role, 'switchyard', 'USAGE')
     OR NOT has_schema_privilege(role, 'switchyard_jobs', 'USAGE')
     OR NOT has_schema_privilege(role, 'switchyard_jobs', 'CREATE')
     OR NOT has_table_privilege(role, 'switchyard.queues', 'SELECT') THEN
    PERFORM switchyard.refuse('42501', format('the role %I may not define queues', role), format(
      'GRANT switchyard_queue_owner TO %I. Where that role is missing, CREATE ROLE switchyard_queue_owner, and as the owner of the schema '
      'switchyard SELECT switchyard.apply_grants() first.', role));
  END IF;
END
$$;

-- Makes a queue's job table and its row in the registry, with the rights of the schema's owner; answers that row's name.
CREATE FUNCTION switchyard.define_queue(definition jsonb) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  queue text := definition ->> 'name';
  owner text := definition ->> 'owner_role';
  made regclass;
BEGIN
  PERFORM switchyard.lock_queue_name(queue);
  PERFORM switchyard.check_definition(definition);
  definition := definition || jsonb_build_object('kind', 'watched', 'job_table', 'switchyard_jobs.' || queue, 'id_type', 'uuid');
  IF definition ->> 'source' IS NOT NULL THEN
    definition := switchyard.checked_source(definition);
  END IF;
  IF NOT pg_has_role(switchyard.calling_role(), owner, 'USAGE') THEN
    PERFORM switchyard.refuse('42501', format('%I may not define a queue of %I', switchyard.calling_role(), owner), 'SET ROLE first.');
  END IF;
  PERFORM switchyard.check_may_define(owner);
  made := switchyard.create_job_table(queue, definition ->> 'id_type', definition ->> 'mirror' IS NOT NULL);
  IF definition ->> 'source' IS NULL THEN
    EXECUTE format('ALTER TABLE %s ALTER COLUMN id SET DEFAULT gen_random_uuid()', made);
  END IF;
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO %I', made, owner);
  INSERT INTO switchyard.queues
         (name, kind, job_table, owner_role, id_type, workflow, task_queue, input_is_args, execution_timeout, run_timeout,
          max_in_flight, max_per_key, fair, source, source_id, start_when, input, workflow_id, key, priority, run_at,
          search_attributes, mirror)
  SELECT name, kind, job_table, owner_role, id_type, workflow, task_queue, input_is_args, execution_timeout, run_timeout,
         max_in_flight, max_per_key, fair, source, source_id, start_when, input, workflow_id, key, priority, run_at,
         search_attributes, mirror
    FROM jsonb_populate_record(NULL::switchyard.queues, definition);
END
$$;
REVOKE ALL ON FUNCTION switchyard.define_queue FROM PUBLIC;

-- A queue with a job table of its own: jobs are put into it by switchyard.enqueue.
CREATE FUNCTION switchyard.create_queue(
  queue text, workflow text, task_queue text, max_in_flight integer DEFAULT NULL, max_per_key integer DEFAULT NULL,
  fair boolean DEFAULT true, execution_timeout interval DEFAULT NULL, run_timeout interval DEFAULT NULL,
  input_is_args boolean DEFAULT false
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM switchyard.check_may_define(current_user);
  PERFORM switchyard.define_queue(jsonb_build_object(
    'name', $1, 'owner_role', current_user, 'workflow', $2, 'task_queue', $3, 'max_in_flight', $4, 'max_per_key', $5,
    'fair', coalesce($6, true), 'execution_timeout', $7, 'run_timeout', $8, 'input_is_args', coalesce($9, false)));
END
$$;
COMMENT ON FUNCTION switchyard.create_queue IS 'Makes a watched queue with a job table of its own; see docs/any-table.md';

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_queue_owner', privileges, object
  FROM (VALUES
    ('USAGE', 'SCHEMA switchyard'),
    ('USAGE, CREATE', 'SCHEMA switchyard_jobs'),
    ('SELECT', 'switchyard.queues'),
    ('SELECT', 'switchyard.grants')
  ) AS list (privileges, object);
