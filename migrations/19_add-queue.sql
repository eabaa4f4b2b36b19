-- Up Migration
-- add_queue makes the rows of a table the jobs of a queue. It changes nothing of the table but to add triggers, reads 100 rows of it to
-- try the expressions on, and takes milliseconds whatever its size. New functions only.

CREATE FUNCTION switchyard.check_expression(queue switchyard.queues, path text, what text, expression text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  type regtype;
  wanted text;
  code text;
  words text;
  virtual record;
BEGIN
  SELECT attname, pg_get_expr(adbin, adrelid) AS meaning INTO virtual
    FROM pg_attribute JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
   WHERE attrelid = queue.source AND attgenerated = 'v' AND expression ~* ('\m' || regexp_replace(attname, '(\W)', '\\\1', 'g') || '\M')
   LIMIT 1;
  IF FOUND THEN
    PERFORM switchyard.refuse('0A000', format('the expression of %s uses the virtual column %I of %s', what, virtual.attname, queue.source),
      format('Postgres gives triggers no value of such a column. Write what it stands for: (%s).', virtual.meaning));
  END IF;
  BEGIN
    PERFORM set_config('search_path', path, true);
    -- Over no row, so it is not evaluated.
    EXECUTE format(E'SELECT pg_catalog.pg_typeof((SELECT (%s\n) FROM (SELECT * FROM %s LIMIT 0) AS new))', expression, queue.source) INTO type;
    -- Of one row: aggregates, window functions and sets are refused here, unless they stand in a subquery.
    EXECUTE format(E'SELECT FROM (SELECT * FROM %s LIMIT 0) AS new WHERE (%s\n) IS NULL', queue.source, expression);
    PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, words = MESSAGE_TEXT;
    IF switchyard.is_passing_error(code) THEN RAISE; END IF;
    PERFORM switchyard.refuse(code, format('the expression of %s does not compile: %s', what, words),
      format('It got %s. It is an expression of NEW, a row of %s, whose columns are: %s.', left(expression, 200), queue.source, switchyard.columns_of(queue.source)));
  END;
  wanted := CASE
    WHEN what = 'start_when' AND type <> 'boolean'::regtype THEN 'boolean'
    WHEN what IN ('input', 'search_attributes') AND type NOT IN ('jsonb'::regtype, 'json') THEN 'jsonb'
    WHEN what = 'priority' AND switchyard.base_type(type) NOT IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN 'integer'
    WHEN what = 'run_at' AND switchyard.base_type(type) <> 'timestamptz'::regtype THEN 'timestamptz'
  END;
  IF wanted IS NOT NULL THEN
    PERFORM switchyard.refuse('42804', format('the expression of %s is of type %s; it must be %s', what, type, wanted),
      CASE wanted WHEN 'jsonb' THEN 'Build it with jsonb_build_object, or cast it: (…)::jsonb.'
                  WHEN 'timestamptz' THEN 'Say which time zone it is in: (…) AT TIME ZONE ''UTC''.'
                  ELSE format('Cast it: (…)::%s.', wanted) END);
  END IF;
END
$$;

-- Tries the expressions on the newest rows that are there; where there is none, on a row of NULLs, for what only shows when it is evaluated.
CREATE FUNCTION switchyard.try_expressions(queue switchyard.queues, path text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, MDY' SET intervalstyle = 'postgres' SET extra_float_digits = 1 AS $$
DECLARE
  sample text := format('(SELECT * FROM %s ORDER BY %I DESC LIMIT 100)', queue.source, queue.source_id);
  problem text;
  failed boolean := false;
  row_text text;
  step record;
BEGIN
  PERFORM set_config('search_path', path, true);
  BEGIN
    -- The row is named whole, so that all of its expressions are evaluated.
    EXECUTE pg_catalog.format('SELECT min(job.input_problem) FROM (%s) AS job (id, workflow_id, input, input_problem) WHERE ROW(job.*)::text IS NOT NULL',
                              switchyard.job_query(queue, sample)) INTO problem;
  EXCEPTION WHEN OTHERS THEN
    IF switchyard.is_passing_error(SQLSTATE) THEN RAISE; END IF;
    failed := true;
  END;
  IF failed THEN
    FOR row_text IN EXECUTE pg_catalog.format('SELECT ROW(source.*)::text FROM %s AS source', sample) LOOP
      problem := (switchyard.job_by_steps(switchyard.steps_of(queue, path), row_text, NULL)).input_problem;
      EXIT WHEN problem IS NOT NULL;
    END LOOP;
  END IF;
  EXECUTE pg_catalog.format('SELECT ROW(source.*)::text FROM %s AS source LIMIT 1', queue.source) INTO row_text;
  IF row_text IS NULL THEN
    FOR step IN SELECT each.what, each.expression FROM switchyard.expressions_of(queue) AS each LOOP
      BEGIN
        PERFORM switchyard.value_of(step.expression, 'text', switchyard.steps_of(queue, path), NULL);
      EXCEPTION
        WHEN syntax_error_or_access_rule_violation OR undefined_function OR undefined_table OR undefined_column OR insufficient_privilege THEN
          problem := pg_catalog.format('EXPRESSION_FAILED: the expression of %s failed on a row of NULLs with SQLSTATE %s', step.what, SQLSTATE);
        WHEN OTHERS THEN
          IF switchyard.is_passing_error(SQLSTATE) THEN RAISE; END IF;
      END;
    END LOOP;
  END IF;
  IF problem IS NOT NULL THEN
    PERFORM switchyard.refuse(coalesce(substring(problem, 'SQLSTATE (.{5})$'), '22023'),
      pg_catalog.format('the expressions do not suit the rows of %s: %s', queue.source, problem),
      'Of the newest 100 rows one at least has this problem. Each such row would become a failed job. Change the expression, or have start_when leave such rows out.');
  END IF;
END
$$;

-- Lets starters write the mirror. Their roles may be missing; the owner of the schema then runs the starter.
CREATE FUNCTION switchyard.grant_mirror(queue switchyard.queues) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  role text;
  schema name := (SELECT nspname FROM pg_namespace JOIN pg_class ON relnamespace = pg_namespace.oid WHERE pg_class.oid = queue.source);
BEGIN
  FOR role IN
    SELECT rolname FROM pg_roles
     WHERE (rolname = 'switchyard_starter' OR oid = (SELECT nspowner FROM pg_namespace WHERE nspname = 'switchyard')) AND rolname <> queue.owner_role
  LOOP
    EXECUTE format('GRANT SELECT (%1$I), UPDATE (%2$s) ON %3$s TO %4$I', queue.source_id,
                   (SELECT string_agg(quote_ident(value), ', ') FROM jsonb_each_text(queue.mirror)), queue.source, role);
    IF NOT has_schema_privilege(role, schema, 'USAGE') THEN
      BEGIN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', schema, role);
      EXCEPTION WHEN insufficient_privilege THEN NULL;
      END;
    END IF;
    IF (SELECT relrowsecurity FROM pg_class WHERE oid = queue.source)
       AND NOT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = role)
       AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = queue.source AND polpermissive AND pg_get_expr(polqual, polrelid) = 'true'
                          AND (0 = ANY (polroles) OR EXISTS (SELECT FROM unnest(polroles) AS member (oid) WHERE member.oid <> 0 AND pg_has_role(role, member.oid, 'USAGE')))) THEN
      RAISE WARNING 'row-level security of % hides its rows from the starter''s role %: the mirror is not written', queue.source, role
        USING HINT = format('CREATE POLICY switchyard ON %s TO %I USING (true) WITH CHECK (true).', queue.source, role);
    END IF;
    IF NOT has_schema_privilege(role, schema, 'USAGE') THEN
      RAISE WARNING 'the starter''s role % cannot reach the schema %: the mirror is not written', role, schema
        USING HINT = format('As its owner: GRANT USAGE ON SCHEMA %I TO %I.', schema, role);
    END IF;
  END LOOP;
END
$$;

CREATE FUNCTION switchyard.attach_source(queue_name text, path text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  queue switchyard.queues;
  expression record;
BEGIN
  SELECT * INTO STRICT queue FROM switchyard.queues AS each WHERE each.name = queue_name;
  FOR expression IN SELECT * FROM switchyard.expressions_of(queue) LOOP
    PERFORM switchyard.check_expression(queue, path, expression.what, expression.expression);
  END LOOP;
  PERFORM switchyard.create_source_functions(queue_name, path);
  PERFORM switchyard.try_expressions(queue, path);
  PERFORM switchyard.lock_patiently(ARRAY[queue.source], 'SHARE ROW EXCLUSIVE');
  PERFORM switchyard.create_source_triggers(queue_name);
  IF queue.mirror IS NOT NULL THEN
    PERFORM switchyard.grant_mirror(queue);
  END IF;
END
$$;

-- The expressions see the search_path of the caller, as far as its schemas are there: a default is evaluated before the call.
CREATE FUNCTION switchyard.add_queue(
  queue text, source regclass, workflow text, task_queue text, id text DEFAULT NULL, workflow_id text DEFAULT NULL,
  start_when text DEFAULT NULL, input text DEFAULT NULL, input_is_args boolean DEFAULT false, key text DEFAULT NULL,
  priority text DEFAULT NULL, run_at text DEFAULT NULL, search_attributes text DEFAULT NULL, mirror jsonb DEFAULT NULL,
  max_in_flight integer DEFAULT NULL, max_per_key integer DEFAULT NULL, fair boolean DEFAULT true,
  execution_timeout interval DEFAULT NULL, run_timeout interval DEFAULT NULL, search_path name[] DEFAULT pg_catalog.current_schemas(false)
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Temporary tables last, so that no writer's come in between.
  path text := concat_ws(', ', (SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM unnest($20) WITH ORDINALITY AS schema (name, place)
                                 WHERE name::text !~ '^pg_(toast_)?temp_'), 'pg_temp');
BEGIN
  PERFORM switchyard.check_may_define(current_user);
  PERFORM switchyard.define_queue(jsonb_build_object(
    'name', $1, 'owner_role', coalesce((SELECT pg_get_userbyid(relowner) FROM pg_class WHERE pg_class.oid = $2), current_user),
    'source', coalesce($2::oid, 0)::text, 'workflow', $3, 'task_queue', $4, 'source_id', $5, 'workflow_id', $6, 'start_when', $7, 'input', $8,
    'input_is_args', coalesce($9, false), 'key', $10, 'priority', $11, 'run_at', $12, 'search_attributes', $13, 'mirror', $14,
    'max_in_flight', $15, 'max_per_key', $16, 'fair', coalesce($17, true), 'execution_timeout', $18, 'run_timeout', $19));
  PERFORM switchyard.attach_source($1, path);
END
$$;
COMMENT ON FUNCTION switchyard.add_queue IS 'Makes the rows of a table the jobs of a watched queue; see docs/any-table.md';
