-- Up Migration
-- How the rows of a table become jobs: the expressions of add_queue as one query over rows that are called NEW, which the triggers and
-- enqueue_existing share. New functions only.
--
-- The query stands as it is in the trigger's function, over its transition table. When it fails on some row, the rows are gone
-- through one by one and expression by expression, so that the writer goes on and the row's job says what is wrong with it.

CREATE TYPE switchyard.new_job AS (
  id text, workflow_id text, input jsonb, input_problem text, search_attributes jsonb, key text, priority integer, run_at timestamptz
);

-- What is given for an argument of add_queue: a column of the table, whatever its name, or an expression.
CREATE FUNCTION switchyard.expression_of(source regclass, given text) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1 AND attname = $2 AND attnum > 0 AND NOT attisdropped)
              THEN format('new.%I', $2) ELSE $2 END
$$;

-- The expressions of a queue by what they are for, in the order in which they are evaluated one by one.
CREATE FUNCTION switchyard.expressions_of(queue switchyard.queues) RETURNS TABLE (place integer, what text, expression text)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT place, list.what, coalesce(switchyard.expression_of(queue.source, given), by_default)
    FROM (VALUES
      (1, 'start_when', queue.start_when, 'true'),
      (2, 'workflow_id', NULL, switchyard.workflow_id_expression(queue.name, queue.source_id, queue.workflow_id)),
      (3, 'key', queue.key, 'NULL'),
      (4, 'priority', queue.priority, 'NULL::integer'),
      (5, 'run_at', queue.run_at, 'NULL::timestamptz'),
      (6, 'search_attributes', queue.search_attributes, 'NULL::jsonb'),
      (7, 'input', queue.input, format(CASE WHEN queue.input_is_args THEN 'jsonb_build_array(jsonb_build_object(''id'', new.%I))'
                                         ELSE 'jsonb_build_object(''id'', new.%I)' END, queue.source_id))
    ) AS list (place, what, given, by_default)
$$;

-- Those columns of NEW whose values JSON cannot say, as jsonb; NULL where it can say all. `bytes_when`: when to look at bytea, which may
-- be large.
CREATE FUNCTION switchyard.suspects_expression(source regclass, bytes_when text) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce('nullif(' || string_agg(format('CASE WHEN %s THEN jsonb_build_object(%L, new.%I) ELSE ''{}'' END',
           replace(condition, '{}', format('new.%I', attname)), attname, attname), ' || ' ORDER BY attnum) || ', ''{}'')', 'NULL')
    FROM pg_attribute
    JOIN pg_type AS of_column ON of_column.oid = switchyard.base_type(atttypid)
    JOIN (VALUES
      ('bytea'::regtype, $2),
      ('float4', '{} IN (''NaN'', ''Infinity'', ''-Infinity'')'),
      ('float8', '{} IN (''NaN'', ''Infinity'', ''-Infinity'')'),
      ('numeric', 'abs({}) > 9007199254740992'),
      ('int8', '{} NOT BETWEEN -9007199254740992 AND 9007199254740992'),
      ('date', 'NOT isfinite({})'),
      ('timestamp', 'NOT isfinite({})'),
      ('timestamptz', 'NOT isfinite({})')
    ) AS kind (type, of_value) ON kind.type IN (of_column.oid, CASE WHEN of_column.typcategory = 'A' THEN switchyard.base_type(of_column.typelem) END)
   CROSS JOIN LATERAL (SELECT CASE WHEN of_column.typcategory = 'A' THEN '{} IS NOT NULL' ELSE kind.of_value END AS condition) AS shown
   WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped
$$;

-- The query that makes jobs of rows: `rows` is what stands in FROM and is called NEW, `also` a further condition. Its columns are those of
-- new_job. No expression is evaluated for a row whose start_when is not true.
CREATE FUNCTION switchyard.job_query(queue switchyard.queues, rows text, also text DEFAULT 'true') RETURNS text
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  of_queue jsonb := (SELECT jsonb_object_agg(each.what, each.expression) FROM switchyard.expressions_of(queue) AS each);
BEGIN
  RETURN format($query$
      SELECT job.id, coalesce(nullif(job.workflow_id, ''), %1$L || job.id), job.input,
             coalesce(CASE WHEN job.workflow_id IS NULL THEN 'EXPRESSION_FAILED: a column of the workflow id is NULL'
                           WHEN job.workflow_id = '' THEN 'EXPRESSION_FAILED: the workflow id is empty' END,
                      switchyard.problem_of_key(job.key), switchyard.problem_of_input(job.input, %2$L, job.search_attributes, %3$s)),
             job.search_attributes, CASE WHEN octet_length(job.key) <= 1000 THEN job.key END, coalesce(job.priority, 0), CASE WHEN job.run_at > clock_timestamp() THEN job.run_at END
        FROM %4$s AS new
       CROSS JOIN LATERAL (
         SELECT new.%5$I::text AS id,
                (%6$s
                )::text AS workflow_id,
                (%7$s
                )::jsonb AS input,
                (%8$s
                )::jsonb AS search_attributes,
                (%9$s
                )::text AS key,
                (%10$s
                )::integer AS priority,
                (%11$s
                )::timestamptz AS run_at
          WHERE (%12$s
                ) AND %13$s
         OFFSET 0) AS job$query$,
    queue.name || ':', queue.input_is_args, switchyard.suspects_expression(queue.source, 'position(''"\\x'' IN job.input::text) > 0'), rows, queue.source_id,
    of_queue ->> 'workflow_id', of_queue ->> 'input', of_queue ->> 'search_attributes', of_queue ->> 'key', of_queue ->> 'priority',
    of_queue ->> 'run_at', of_queue ->> 'start_when', also);
END
$$;

-- Errors that would not come again: they are the writer's, who tries again, and no fault of the row.
CREATE FUNCTION switchyard.is_passing_error(code text) RETURNS boolean LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT left($1, 2) IN ('40', '53', '57', '58', 'XX') OR $1 = '55P03'
$$;

-- What it takes to make the job of one row expression by expression; `path` is the search_path that they see.
CREATE FUNCTION switchyard.steps_of(queue switchyard.queues, path text) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object('queue', queue.name, 'rowType', queue.source::text, 'id', queue.source_id, 'isArgs', queue.input_is_args, 'path', path,
                            'steps', jsonb_agg(jsonb_build_array(what, expression) ORDER BY place))
    FROM (SELECT * FROM switchyard.expressions_of(queue)
          UNION ALL SELECT 100, 'suspects', switchyard.suspects_expression(queue.source, 'true')) AS step
$$;

-- One expression on one row, as text; `row_text` is the row as Postgres writes rows.
CREATE FUNCTION switchyard.value_of(expression text, type text, steps jsonb, row_text text) RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  query text := format(E'SELECT ((%s\n)::%s)::text FROM pg_catalog.unnest(ARRAY[$1::%s]) AS new', expression, type, steps ->> 'rowType');
  value text;
BEGIN
  PERFORM set_config('search_path', steps ->> 'path', true); -- until the function returns
  EXECUTE query INTO STRICT value USING row_text;
  RETURN value;
END
$$;

-- The job of one row whose expressions fail, or one of a statement in which some row's do: expression by expression. NULL: it is none.
-- `before_text`: the row before an UPDATE. The job keeps what was evaluated before the expression that failed.
CREATE FUNCTION switchyard.job_by_steps(steps jsonb, row_text text, before_text text) RETURNS switchyard.new_job
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  job switchyard.new_job;
  step record;
  value text;
BEGIN
  -- The table may have got another name since.
  steps := steps || jsonb_build_object('rowType', (SELECT source::text FROM switchyard.queues WHERE name = steps ->> 'queue'));
  job.id := switchyard.value_of(format('new.%I', steps ->> 'id'), 'text', steps, row_text);
  job.workflow_id := (steps ->> 'queue') || ':' || job.id;
  job.priority := 0;
  FOR step IN SELECT each.step ->> 0 AS what, each.step ->> 1 AS expression FROM jsonb_array_elements(steps -> 'steps') AS each (step) LOOP
    BEGIN
      IF step.what = 'start_when' AND before_text IS NOT NULL THEN
        BEGIN
          IF switchyard.value_of(step.expression, 'boolean', steps, before_text) = 'true' THEN
            RETURN NULL;
          END IF;
        EXCEPTION WHEN OTHERS THEN
          IF switchyard.is_passing_error(SQLSTATE) THEN RAISE; END IF;
        END;
      END IF;
      value := switchyard.value_of(step.expression, CASE step.what
        WHEN 'start_when' THEN 'boolean' WHEN 'priority' THEN 'integer' WHEN 'run_at' THEN 'timestamptz'
        WHEN 'input' THEN 'jsonb' WHEN 'search_attributes' THEN 'jsonb' ELSE 'text' END, steps, row_text);
      IF step.what = 'start_when' AND value IS DISTINCT FROM 'true' THEN
        RETURN NULL;
      END IF;
      CASE step.what
        WHEN 'workflow_id' THEN
          IF coalesce(value, '') = '' THEN
            job.input_problem := CASE WHEN value IS NULL THEN 'EXPRESSION_FAILED: a column of the workflow id is NULL' ELSE 'EXPRESSION_FAILED: the workflow id is empty' END;
            RETURN job;
          END IF;
          job.workflow_id := value;
        WHEN 'key' THEN
          job.input_problem := switchyard.problem_of_key(value);
          IF job.input_problem IS NOT NULL THEN
            RETURN job;
          END IF;
          job.key := value;
        WHEN 'priority' THEN job.priority := coalesce(value::integer, 0);
        WHEN 'run_at' THEN job.run_at := CASE WHEN value::timestamptz > clock_timestamp() THEN value::timestamptz END;
        WHEN 'search_attributes' THEN job.search_attributes := value;
        WHEN 'input' THEN job.input := value;
        WHEN 'suspects' THEN job.input_problem := switchyard.problem_of_input(job.input, (steps ->> 'isArgs')::boolean, job.search_attributes, value::jsonb);
        ELSE NULL;
      END CASE;
    EXCEPTION WHEN OTHERS THEN
      IF switchyard.is_passing_error(SQLSTATE) THEN RAISE; END IF;
      job.input_problem := format('EXPRESSION_FAILED: the expression of %s failed on this row with SQLSTATE %s', step.what, SQLSTATE);
      RETURN job;
    END;
  END LOOP;
  RETURN job;
END
$$;
