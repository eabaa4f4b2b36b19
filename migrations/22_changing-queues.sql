-- Up Migration
-- alter_queue changes the definition of a watched queue in place. Jobs that are there keep what they were made with: their input, key
-- and workflow id; those in flight go on as they were started. New functions only.

CREATE FUNCTION switchyard.check_changes(known switchyard.queues, changes jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  of_all text[] := '{workflow,task_queue,input_is_args,max_in_flight,max_per_key,fair,execution_timeout,run_timeout}';
  of_tables text[] := '{id,workflow_id,start_when,input,key,priority,run_at,search_attributes,mirror}';
  field text;
BEGIN
  IF known.kind <> 'watched' THEN
    PERFORM switchyard.refuse('42809', format('the jobs of the queue "%s" are an application''s own table, %s', known.name, known.job_table),
      'The code of that application defines it.');
  ELSIF coalesce(jsonb_typeof(changes), '') <> 'object' THEN
    PERFORM switchyard.refuse('22023', 'changes must be an object of fields and values', 'For one: ''{"max_in_flight": 10}''; null is the default.');
  END IF;
  FOR field IN SELECT jsonb_object_keys(changes) LOOP
    IF field = ANY ('{source,source_id,id_type}') THEN
      PERFORM switchyard.refuse('0A000', format('%s of the queue "%s" cannot be changed', field, known.name),
        format('The jobs that there are go by it. (A column of the id that was renamed: ''{"id": "…"}''.) Remove the queue with SELECT switchyard.drop_queue(%L), and make it anew.', known.name));
    ELSIF field = ANY (of_tables) AND known.source IS NULL THEN
      PERFORM switchyard.refuse('22023', format('%s is for queues of a table, and "%s" has none', field, known.name),
        'enqueue is given it for each job.');
    ELSIF NOT field = ANY (of_all || of_tables) THEN
      PERFORM switchyard.refuse('22023', format('queues have no field "%s"', field),
        format('What can be changed: %s.', array_to_string(of_all || of_tables, ', ')));
    END IF;
  END LOOP;
END
$$;

-- Writes the registry, with the rights of the schema's owner.
CREATE FUNCTION switchyard.change_definition(queue text, changes jsonb) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known switchyard.queues := switchyard.known_queue(queue);
  definition jsonb := to_jsonb(known) || changes;
BEGIN
  PERFORM switchyard.check_changes(known, changes);
  IF NOT pg_has_role(switchyard.calling_role(), known.owner_role, 'USAGE') THEN
    PERFORM switchyard.refuse('42501', format('the queue "%s" belongs to %I', queue, known.owner_role), 'Change it as that role.');
  END IF;
  PERFORM switchyard.check_name_of_workflow('workflow', queue, definition ->> 'workflow');
  PERFORM switchyard.check_name_of_workflow('task queue', queue, definition ->> 'task_queue');
  IF known.source IS NOT NULL THEN
    PERFORM switchyard.check_source_is_there(known);
    definition := switchyard.checked_source(definition || jsonb_build_object('source', known.source::oid::text,
      'source_id', CASE WHEN changes ? 'id' THEN changes ->> 'id' ELSE known.source_id END));
    IF definition ->> 'id_type' <> known.id_type THEN
      PERFORM switchyard.refuse('42804', format('the ids of the jobs of the queue "%s" are of type %s, and the column %I makes ids of type %s', queue, known.id_type,
        definition ->> 'source_id', definition ->> 'id_type'), 'Name the column that has the ids that the jobs have.');
    END IF;
  END IF;
  UPDATE switchyard.queues AS each
     SET workflow = new.workflow, task_queue = new.task_queue, input_is_args = coalesce(new.input_is_args, false),
         execution_timeout = new.execution_timeout, run_timeout = new.run_timeout, max_in_flight = new.max_in_flight,
         max_per_key = new.max_per_key, fair = coalesce(new.fair, true), start_when = new.start_when, input = new.input,
         workflow_id = new.workflow_id, key = new.key, priority = new.priority, run_at = new.run_at,
         search_attributes = new.search_attributes, mirror = new.mirror, source_id = new.source_id, updated_at = clock_timestamp()
    FROM jsonb_populate_record(NULL::switchyard.queues, definition) AS new
   WHERE each.name = queue;
END
$$;
REVOKE ALL ON FUNCTION switchyard.change_definition FROM PUBLIC;

-- Has the job table note, or no longer note, that the application's row does not show yet how the job goes. Jobs that have ended are
-- not gone through: their rows show it once they move again.
CREATE FUNCTION switchyard.follow_mirror(queue text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mirrored boolean := (SELECT mirror IS NOT NULL FROM switchyard.queues AS each WHERE each.name = queue AND kind = 'watched');
BEGIN
  IF mirrored IS NULL THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE OR REPLACE TRIGGER switchyard_before_watched_update BEFORE UPDATE ON switchyard_jobs.%I
                    FOR EACH ROW EXECUTE FUNCTION switchyard.before_watched_update(%L)',
                 queue, CASE WHEN mirrored THEN 'mirrored' ELSE '' END);
  EXECUTE format('ALTER TABLE switchyard_jobs.%I ALTER COLUMN mirror_due SET DEFAULT %L', queue, mirrored);
  IF NOT mirrored THEN
    EXECUTE format('UPDATE switchyard_jobs.%I SET mirror_due = false WHERE mirror_due', queue);
  END IF;
END
$$;
REVOKE ALL ON FUNCTION switchyard.follow_mirror FROM PUBLIC;

-- Changes the fields that are named; null is the default. The expressions see the search_path of the caller, as those of add_queue do.
-- They are tried before the table is locked, which is for the moment that the triggers take.
CREATE FUNCTION switchyard.alter_queue(queue text, changes jsonb, search_path name[] DEFAULT pg_catalog.current_schemas(false)) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  path text := concat_ws(', ', (SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM unnest($3) WITH ORDINALITY AS schema (name, place)
                                 WHERE name::text !~ '^pg_(toast_)?temp_'), 'pg_temp');
  known switchyard.queues;
  changed switchyard.queues;
  expression record;
  retriggered boolean;
  remirrored boolean;
BEGIN
  PERFORM switchyard.check_may_define(current_user);
  PERFORM switchyard.lock_queue_name(queue);
  known := switchyard.known_queue(queue);
  PERFORM switchyard.change_definition(queue, changes);
  changed := switchyard.known_queue(queue);
  retriggered := known.source IS NOT NULL
    AND changes ?| '{id,input_is_args,workflow_id,start_when,input,key,priority,run_at,search_attributes}';
  remirrored := (known.mirror IS NULL) <> (changed.mirror IS NULL);
  IF retriggered THEN
    FOR expression IN SELECT * FROM switchyard.expressions_of(changed) LOOP
      PERFORM switchyard.check_expression(changed, path, expression.what, expression.expression);
    END LOOP;
    PERFORM switchyard.try_expressions(changed, path);
  END IF;
  IF retriggered OR remirrored THEN
    PERFORM switchyard.lock_patiently(
      array_remove(ARRAY[CASE WHEN retriggered THEN known.source END,
                         CASE WHEN remirrored THEN format('switchyard_jobs.%I', queue)::regclass END], NULL), 'ACCESS EXCLUSIVE');
  END IF;
  IF retriggered THEN
    PERFORM switchyard.detach_source(known);
    PERFORM switchyard.create_source_functions(queue, path);
    PERFORM switchyard.create_source_triggers(queue);
  END IF;
  IF remirrored THEN
    PERFORM switchyard.follow_mirror(queue);
  END IF;
  IF (known.mirror, known.source_id) IS DISTINCT FROM (changed.mirror, changed.source_id) THEN
    IF known.mirror IS NOT NULL THEN
      PERFORM switchyard.revoke_mirror(known);
    END IF;
    IF changed.mirror IS NOT NULL THEN
      PERFORM switchyard.grant_mirror(changed);
    END IF;
  END IF;
END
$$;
COMMENT ON FUNCTION switchyard.alter_queue IS 'Changes the definition of a watched queue in place';

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_queue_owner', 'EXECUTE', 'FUNCTION switchyard.' || name
  FROM unnest('{alter_queue,check_changes,change_definition,follow_mirror}'::text[]) AS name;
SELECT switchyard.apply_grants();
