-- Up Migration
-- drop_queue undoes what create_queue and add_queue did. The history of its jobs, switchyard.job_events, stays. New functions only.

-- What only the owner of the schema may undo.
CREATE FUNCTION switchyard.remove_definition(queue text, force boolean) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known switchyard.queues := switchyard.known_queue(queue);
  in_flight bigint := 0;
  part text;
BEGIN
  IF known.kind <> 'watched' THEN
    PERFORM switchyard.refuse('42809', format('the jobs of the queue "%s" are an application''s own table, %s', queue, known.job_table),
      'The migration of that application made it a queue, and one of its migrations ends that.');
  ELSIF NOT pg_has_role(switchyard.calling_role(), known.owner_role, 'USAGE') THEN
    PERFORM switchyard.refuse('42501', format('the queue "%s" belongs to %I', queue, known.owner_role), 'Drop it as that role.');
  END IF;
  IF to_regclass(format('switchyard_jobs.%I', queue)) IS NOT NULL THEN
    EXECUTE format('SELECT count(*) FROM switchyard_jobs.%I WHERE status = ''processing''', queue) INTO in_flight;
  END IF;
  IF in_flight > 0 AND NOT coalesce(force, false) THEN
    PERFORM switchyard.refuse('55006', format('jobs of the queue "%s" are in flight: %s', queue, in_flight),
      format('Pause it with SELECT switchyard.pause_queue(%L, ''…'') and wait for them, or cancel them. With force => true their workflows go on, and nobody notes how they end.', queue));
  END IF;
  EXECUTE format('DROP TABLE IF EXISTS switchyard_jobs.%I', queue);
  FOREACH part IN ARRAY ARRAY['before_update', 'after_update', 'after_insert'] LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS switchyard.%I()', queue || '_' || part);
  END LOOP;
  DELETE FROM switchyard.grants WHERE object = format('switchyard_jobs.%I', queue);
  DELETE FROM switchyard.signals AS gone WHERE gone.queue = known.name;
  DELETE FROM switchyard.pauses AS gone WHERE gone.queue = known.name;
  DELETE FROM switchyard.limits AS gone WHERE gone.queue = known.name;
  DELETE FROM switchyard.key_limits AS gone WHERE gone.queue = known.name;
  DELETE FROM switchyard.start_rates AS gone WHERE gone.queue = known.name;
  DELETE FROM switchyard.doorbells AS gone WHERE gone.queue = known.name;
  DELETE FROM switchyard.watches AS gone WHERE gone.queue = known.name;
  DELETE FROM switchyard.queues AS gone WHERE gone.name = known.name;
END
$$;
REVOKE ALL ON FUNCTION switchyard.remove_definition FROM PUBLIC;

-- Takes back what add_queue granted for the mirror, unless another queue mirrors into the same table.
CREATE FUNCTION switchyard.revoke_mirror(queue switchyard.queues) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  role text;
  -- Of columns that are gone there is nothing to take back.
  privileges text := (
    SELECT string_agg(format('%s (%I)', privilege, attname), ', ')
      FROM (SELECT 'SELECT', queue.source_id UNION ALL SELECT 'UPDATE', value FROM jsonb_each_text(queue.mirror)) AS granted (privilege, name)
      JOIN pg_attribute ON attrelid = queue.source AND attname = name AND NOT attisdropped);
BEGIN
  FOR role IN
    SELECT rolname FROM pg_roles
     WHERE (rolname = 'switchyard_starter' OR oid = (SELECT nspowner FROM pg_namespace WHERE nspname = 'switchyard')) AND rolname <> queue.owner_role
       AND NOT EXISTS (SELECT FROM switchyard.queues AS other WHERE other.source = queue.source AND other.mirror IS NOT NULL AND other.name <> queue.name)
       AND privileges IS NOT NULL
  LOOP
    EXECUTE format('REVOKE %s ON %s FROM %I', privileges, queue.source, role);
  END LOOP;
END
$$;

-- Takes the triggers off the table, where it is still there, and removes what create_source_functions made.
CREATE FUNCTION switchyard.detach_source(queue switchyard.queues) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  trigger name;
  function text;
BEGIN
  FOR trigger IN
    SELECT tgname FROM pg_trigger
     WHERE tgrelid = queue.source AND tgname IN (SELECT format('switchyard_%s_%s', queue.name, event) FROM unnest('{inserted,updated,deleted,truncated}'::text[]) AS event)
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', trigger, queue.source);
  END LOOP;
  FOREACH function IN ARRAY '{inserted(),updated(),deleted(),truncated(),add(switchyard.new_job[]),"existing(text, text, integer)",again(text)}'::text[] LOOP
    function := format('switchyard_jobs.%I(%s', queue.name || '_' || split_part(function, '(', 1), split_part(function, '(', 2));
    IF to_regprocedure(function) IS NOT NULL THEN
      EXECUTE format('DROP FUNCTION %s', function);
    END IF;
  END LOOP;
END
$$;

CREATE FUNCTION switchyard.drop_queue(queue text, force boolean DEFAULT false) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known switchyard.queues;
  tables regclass[];
BEGIN
  PERFORM switchyard.check_may_define(current_user);
  PERFORM switchyard.lock_queue_name(queue);
  known := switchyard.known_queue(queue);
  IF known.kind = 'watched' AND pg_has_role(known.owner_role, 'USAGE') THEN
    tables := ARRAY(SELECT oid::regclass FROM pg_class WHERE oid IN (known.source, to_regclass(format('switchyard_jobs.%I', queue)))
                     ORDER BY oid = known.source DESC);
    PERFORM switchyard.lock_patiently(tables, 'ACCESS EXCLUSIVE');
    PERFORM switchyard.detach_source(known);
    IF known.mirror IS NOT NULL AND known.source = ANY (tables) THEN
      PERFORM switchyard.revoke_mirror(known);
    END IF;
  END IF;
  PERFORM switchyard.remove_definition(queue, force);
END
$$;
COMMENT ON FUNCTION switchyard.drop_queue IS 'Removes a watched queue, its job table and its triggers; the history of its jobs stays';

-- All that these functions call with the rights of their caller, and what triggers call with those of the table's owner.
INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_queue_owner', 'EXECUTE', 'FUNCTION switchyard.' || name
  FROM unnest('{
    refuse,calling_role,check_may_define,lock_queue_name,define_queue,create_queue,known_queue,trace_context,problem_of_input,problem_of_key,check_source_is_there,check_id_is_there,leaves_of,is_beyond_double,
    base_type,columns_of,workflow_id_expression,expression_of,expressions_of,suspects_expression,job_query,is_passing_error,steps_of,value_of,
    job_by_steps,create_source_function,create_again_function,create_existing_function,create_source_functions,create_source_triggers,
    holders_of,lock_patiently,check_expression,try_expressions,grant_mirror,attach_source,add_queue,remove_definition,revoke_mirror,detach_source,drop_queue
  }'::text[]) AS name;
INSERT INTO switchyard.grants (role, privileges, object) VALUES ('switchyard_queue_owner', 'EXECUTE', 'PROCEDURE switchyard.enqueue_existing');
SELECT switchyard.apply_grants();
