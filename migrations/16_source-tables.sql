-- Up Migration
-- What a table must be like so that its rows can be jobs: looked at before anything is made. The looks read catalogs alone, whatever
-- the size of the table. New functions only.

-- Domains and the like, down to the type beneath.
CREATE FUNCTION switchyard.base_type(type oid) RETURNS oid LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE layer AS (
    SELECT pg_type.oid, typtype, typbasetype FROM pg_type WHERE pg_type.oid = $1
    UNION ALL
    SELECT pg_type.oid, pg_type.typtype, pg_type.typbasetype FROM layer JOIN pg_type ON pg_type.oid = layer.typbasetype AND layer.typtype = 'd'
  )
  SELECT oid FROM layer WHERE typtype <> 'd'
$$;

-- A unique index on this column alone, without conditions.
CREATE FUNCTION switchyard.is_unique_column(source regclass, attnum smallint) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM pg_index WHERE indrelid = $1 AND indisunique AND indisvalid AND indpred IS NULL AND indnkeyatts = 1 AND indkey[0] = $2)
$$;

CREATE FUNCTION switchyard.columns_of(source regclass) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped
$$;

CREATE FUNCTION switchyard.check_kind_of_source(queue text, source regclass, role text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  class pg_class;
  schema text;
  kind text;
BEGIN
  SELECT * INTO class FROM pg_class WHERE oid = source;
  IF NOT FOUND THEN
    PERFORM switchyard.refuse('42P01', format('add_queue needs a table for the queue "%s"', queue), 'For jobs without a table of yours use create_queue.');
  END IF;
  schema := (SELECT nspname FROM pg_namespace WHERE oid = class.relnamespace);
  kind := CASE
    WHEN class.relkind = 'v' THEN 'a view'
    WHEN class.relkind = 'm' THEN 'a materialized view'
    WHEN class.relkind = 'f' THEN 'a foreign table'
    WHEN class.relkind = 'p' THEN 'a partitioned table'
    WHEN class.relkind <> 'r' THEN 'no table'
    WHEN class.relispartition THEN 'a partition'
    WHEN class.relpersistence = 't' THEN 'a temporary table'
    WHEN schema IN ('pg_catalog', 'information_schema', 'pg_toast') THEN 'a table of Postgres itself'
    WHEN schema IN ('switchyard', 'switchyard_jobs') THEN 'a table of Switchyard itself'
    WHEN EXISTS (SELECT FROM pg_inherits WHERE source IN (inhrelid, inhparent)) THEN 'a table that inherits'
  END;
  IF kind IS NOT NULL THEN
    PERFORM switchyard.refuse('42809', format('%s is %s', source, kind),
      'The rows of an ordinary table can be jobs. Else insert into one with a trigger or in your own code, or use create_queue and enqueue.');
  ELSIF EXISTS (SELECT FROM switchyard.queues WHERE job_table = schema || '.' || class.relname) THEN
    PERFORM switchyard.refuse('42809', format('%s is the job table of a queue already', source), 'Its rows are jobs as they are.');
  ELSIF NOT pg_has_role(role, class.relowner, 'USAGE') THEN
    PERFORM switchyard.refuse('42501', format('%s belongs to %I, and %I may not put triggers on it', source, pg_get_userbyid(class.relowner), role),
      format('Call add_queue as its owner, or GRANT %I TO %I.', pg_get_userbyid(class.relowner), role));
  END IF;
END
$$;

-- The column that is the job's id: the one asked for, else the primary key. Answers it with the type of ids that it makes.
CREATE FUNCTION switchyard.id_of_source(source regclass, id text, OUT name text, OUT id_type text)
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  keys text[] := ARRAY(SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey::smallint[])
                        WHERE indrelid = source AND indisprimary AND array_position(indkey::smallint[], attnum) < indnkeyatts);
  attribute pg_attribute;
BEGIN
  IF id IS NULL AND cardinality(keys) <> 1 THEN
    PERFORM switchyard.refuse('42P16', CASE cardinality(keys) WHEN 0 THEN format('%s has no primary key', source)
      ELSE format('the primary key of %s has several columns: %s', source, array_to_string(keys, ', ')) END,
      'Name a column that is NOT NULL and has a unique index of its own: id => ''…''.');
  END IF;
  name := coalesce(id, keys[1]);
  SELECT * INTO attribute FROM pg_attribute WHERE attrelid = source AND attname = name AND attnum > 0 AND NOT attisdropped;
  IF NOT FOUND THEN
    PERFORM switchyard.refuse('42703', format('%s has no column "%s" for the id', source, name), format('Its columns are: %s.', switchyard.columns_of(source)));
  ELSIF NOT attribute.attnotnull THEN
    PERFORM switchyard.refuse('42P16', format('the column %I of %s may be NULL', name, source), 'The id of a job must be there: ALTER COLUMN … SET NOT NULL, or name another column by id => ''…''.');
  ELSIF NOT switchyard.is_unique_column(source, attribute.attnum) THEN
    PERFORM switchyard.refuse('42P16', format('the column %I of %s is not unique by itself', name, source), 'Give it a UNIQUE constraint, or name another column by id => ''…''.');
  END IF;
  -- An integer may become a bigint one day, when its table has grown.
  id_type := CASE switchyard.base_type(attribute.atttypid)
    WHEN 'int2'::regtype THEN 'bigint' WHEN 'int4'::regtype THEN 'bigint' WHEN 'int8'::regtype THEN 'bigint'
    WHEN 'uuid'::regtype THEN 'uuid' WHEN 'text'::regtype THEN 'text' WHEN 'varchar'::regtype THEN 'text' END;
  IF id_type IS NULL THEN
    PERFORM switchyard.refuse('42804', format('the column %I of %s is of type %s', name, source, format_type(attribute.atttypid, attribute.atttypmod)),
      'An id is smallint, integer, bigint, uuid, text or varchar. Name another column by id => ''…''.');
  END IF;
END
$$;

-- The template of the workflow id as an expression of NEW.
CREATE FUNCTION switchyard.workflow_id_expression(queue text, source_id text, template text) RETURNS text
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN $3 IS NULL THEN format('%L || new.%I::text', $1 || ':', $2)
    ELSE (SELECT string_agg(CASE WHEN part.place % 2 = 1 THEN quote_literal(part.words) ELSE format('new.%I::text', part.words) END, ' || ' ORDER BY part.place)
            FROM regexp_split_to_table($3, '[{}]') WITH ORDINALITY AS part (words, place)) END
$$;

CREATE FUNCTION switchyard.check_workflow_id(source regclass, source_id text, template text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name text;
  number smallint;
  unique_for_each_row boolean := false;
BEGIN
  IF template !~ '^[^{}]*(\{[^{}]+\}[^{}]*)*$' OR template LIKE '%}{%' OR octet_length(template) > 1000 THEN
    PERFORM switchyard.refuse('22023', format('the workflow id "%s" is no template', left(template, 100)),
      'It is a text with columns in braces and something between them: ''order-{id}''.');
  END IF;
  FOR name IN SELECT match[1] FROM regexp_matches(template, '\{([^{}]+)\}', 'g') AS match LOOP
    number := (SELECT attnum FROM pg_attribute WHERE attrelid = source AND attname = name AND attnum > 0 AND NOT attisdropped);
    IF number IS NULL THEN
      PERFORM switchyard.refuse('42703', format('the workflow id "%s" names a column that %s has not: "%s"', template, source, name),
        format('Its columns are: %s.', switchyard.columns_of(source)));
    END IF;
    unique_for_each_row := unique_for_each_row OR name = source_id OR switchyard.is_unique_column(source, number);
  END LOOP;
  IF NOT unique_for_each_row THEN
    PERFORM switchyard.refuse('22023', format('several rows of %s would have the workflow id "%s"', source, template),
      format('Name the id in it, {%s}, or a column with a unique index of its own.', source_id));
  END IF;
END
$$;

-- The fields of a job that may be mirrored, and their types.
CREATE FUNCTION switchyard.mirror_fields() RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT '{"status": "text", "result": "jsonb", "result_note": "text", "error_code": "text", "error_message": "text", "workflow_id": "text",
           "run_id": "text", "attempt": "integer", "started_at": "timestamptz", "completed_at": "timestamptz",
           "failed_at": "timestamptz", "canceled_at": "timestamptz"}'::jsonb
$$;

CREATE FUNCTION switchyard.check_mirror(source regclass, source_id text, mirror jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  field text;
  name text;
  attribute pg_attribute;
  missing text;
BEGIN
  IF jsonb_typeof(mirror) <> 'object' OR mirror = '{}' OR EXISTS (
       SELECT FROM jsonb_each(CASE jsonb_typeof(mirror) WHEN 'object' THEN mirror ELSE '{}' END) AS each WHERE jsonb_typeof(each.value) <> 'string') THEN
    PERFORM switchyard.refuse('22023', 'mirror must be an object of columns by fields of the job', 'For one: ''{"status": "job_status"}''.');
  END IF;
  FOR field, name IN SELECT * FROM jsonb_each_text(mirror) LOOP
    SELECT * INTO attribute FROM pg_attribute WHERE attrelid = source AND attname = name AND attnum > 0 AND NOT attisdropped;
    IF NOT switchyard.mirror_fields() ? field THEN
      PERFORM switchyard.refuse('22023', format('mirror names a field that jobs have not: "%s"', field),
        format('The fields are: %s.', (SELECT string_agg(known, ', ') FROM jsonb_object_keys(switchyard.mirror_fields()) AS known)));
    ELSIF attribute.attname IS NULL THEN
      PERFORM switchyard.refuse('42703', format('mirror names a column that %s has not: "%s"', source, name), format('Its columns are: %s.', switchyard.columns_of(source)));
    ELSIF name = source_id OR attribute.attgenerated <> '' OR attribute.attidentity = 'a' THEN
      PERFORM switchyard.refuse('42P16', format('the column %I of %s cannot be written by the mirror', name, source),
        'It is the id, or generated. Name a plain column.');
    ELSIF (SELECT count(*) FROM jsonb_each_text(mirror) AS each WHERE each.value = name) > 1 THEN
      PERFORM switchyard.refuse('42701', format('mirror names the column %I twice', name), 'Each field needs a column of its own.');
    ELSIF attribute.attnotnull AND field NOT IN ('status', 'workflow_id', 'attempt') THEN
      PERFORM switchyard.refuse('42P16', format('the column %I of %s is NOT NULL, and %s of a job may be NULL', name, source, field),
        format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL.', source, name));
    END IF;
    PERFORM switchyard.check_type_of_mirror(source, field, attribute);
  END LOOP;
END
$$;

CREATE FUNCTION switchyard.check_type_of_mirror(source regclass, field text, attribute pg_attribute) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  type text := format_type(attribute.atttypid, attribute.atttypmod);
  base oid := switchyard.base_type(attribute.atttypid);
  missing text;
BEGIN
  BEGIN
    EXECUTE format('SELECT (NULL::%s)::%s', switchyard.mirror_fields() ->> field, (SELECT format('%I.%I', nspname, typname) FROM pg_type JOIN pg_namespace ON pg_namespace.oid = typnamespace WHERE pg_type.oid = base));
  EXCEPTION WHEN OTHERS THEN
    PERFORM switchyard.refuse('42804', format('the column %I of %s is of type %s, which cannot take %s of a job', attribute.attname, source, type, field),
      format('Its type is %s.', switchyard.mirror_fields() ->> field));
  END;
  missing := (SELECT string_agg(word, ', ') FROM unnest('{queued,processing,complete,failed,canceled}'::text[]) AS word
               WHERE EXISTS (SELECT FROM pg_type WHERE oid = base AND typtype = 'e')
                 AND NOT EXISTS (SELECT FROM pg_enum WHERE enumtypid = base AND enumlabel = word));
  IF field = 'status' AND missing IS NOT NULL THEN
    PERFORM switchyard.refuse('42804', format('the type %s of the column %I of %s lacks words for the status of jobs: %s', type, attribute.attname, source, missing),
      'ALTER TYPE … ADD VALUE, or mirror the status into a text.');
  END IF;
END
$$;

-- A definition with what follows from its table; refuses one that does not fit. Called with the rights of the schema's owner, so it asks
-- for those of the caller.
CREATE FUNCTION switchyard.checked_source(definition jsonb) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  source regclass := (definition ->> 'source')::oid::regclass;
  id record;
BEGIN
  PERFORM switchyard.check_kind_of_source(definition ->> 'name', source, switchyard.calling_role());
  SELECT * INTO id FROM switchyard.id_of_source(source, definition ->> 'source_id');
  IF definition ->> 'workflow_id' IS NOT NULL THEN
    PERFORM switchyard.check_workflow_id(source, id.name, definition ->> 'workflow_id');
  END IF;
  IF definition ->> 'mirror' IS NOT NULL THEN
    PERFORM switchyard.check_mirror(source, id.name, definition -> 'mirror');
  END IF;
  RETURN definition || jsonb_build_object('source', source::oid::text, 'source_id', id.name, 'id_type', id.id_type);
END
$$;
REVOKE ALL ON FUNCTION switchyard.checked_source FROM PUBLIC;
