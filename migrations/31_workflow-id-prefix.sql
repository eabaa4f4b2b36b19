-- Up Migration
-- A prefix of the workflow ids of a database's watched jobs, so that jobs of several databases with the same ids do not meet in one
-- namespace of Temporal. A column that may be NULL and new functions; nothing is rewritten. A database without a prefix has no trigger for it.

ALTER TABLE switchyard.database_identity ADD COLUMN workflow_id_prefix text;
COMMENT ON COLUMN switchyard.database_identity.workflow_id_prefix IS
  'Stands before the workflow ids of watched jobs; empty: meant to be none; NULL: nobody has said. Set by set_workflow_id_prefix';

-- With its owner's rights: whoever makes a queue need not read the table.
CREATE FUNCTION switchyard.workflow_id_prefix() RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT workflow_id_prefix FROM switchyard.database_identity
$$;

-- A job keeps the id that it has. The argument is the prefix.
CREATE FUNCTION switchyard.prefix_workflow_id() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.workflow_id = OLD.workflow_id THEN
    RETURN NEW;
  END IF;
  IF NOT starts_with(NEW.workflow_id, TG_ARGV[0]) THEN
    NEW.workflow_id := TG_ARGV[0] || NEW.workflow_id;
  END IF;
  RETURN NEW;
END
$$;

CREATE FUNCTION switchyard.apply_workflow_id_prefix(job_table regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  prefix text := switchyard.workflow_id_prefix();
BEGIN
  IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = job_table AND tgname = 'switchyard_workflow_id_prefix') THEN
    EXECUTE format('DROP TRIGGER switchyard_workflow_id_prefix ON %s', job_table);
  END IF;
  IF prefix <> '' THEN
    EXECUTE format('CREATE TRIGGER switchyard_workflow_id_prefix BEFORE INSERT OR UPDATE OF workflow_id ON %s
                      FOR EACH ROW EXECUTE FUNCTION switchyard.prefix_workflow_id(%L)', job_table, prefix);
  END IF;
END
$$;
REVOKE ALL ON FUNCTION switchyard.apply_workflow_id_prefix FROM PUBLIC;

-- Says what stands before the workflow ids of jobs from now on; those that are there keep theirs.
CREATE FUNCTION switchyard.set_workflow_id_prefix(prefix text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  queue record;
BEGIN
  IF prefix IS NULL OR octet_length(prefix) > 100 OR prefix ~ '[[:cntrl:]]' THEN
    PERFORM switchyard.refuse('22023', format('the prefix "%s" of workflow ids', left(prefix, 100)),
      'It is a text of up to 100 bytes without control characters, such as ''acme/''; empty for none.');
  END IF;
  UPDATE switchyard.database_identity SET workflow_id_prefix = prefix;
  FOR queue IN SELECT name FROM switchyard.queues WHERE kind = 'watched' ORDER BY name LOOP
    PERFORM switchyard.apply_workflow_id_prefix(format('switchyard_jobs.%I', queue.name)::regclass);
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION switchyard.set_workflow_id_prefix FROM PUBLIC;
COMMENT ON FUNCTION switchyard.set_workflow_id_prefix IS 'What stands before the workflow ids of watched jobs; see docs/many-databases.md';

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || role, 'EXECUTE', 'FUNCTION switchyard.workflow_id_prefix' FROM unnest('{starter,worker,api,reader}'::text[]) AS role;
SELECT switchyard.apply_grants();
