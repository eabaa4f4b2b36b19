-- Up Migration
-- Jobs by function: enqueue and enqueue_many, and what they share with the triggers of tables. New functions only.

-- The trace context that the session has set, for the headers of the workflow. What is none is left out.
CREATE FUNCTION switchyard.trace_context() RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN parent ~ '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'
              THEN jsonb_strip_nulls(jsonb_build_object('traceparent', parent, 'tracestate', CASE WHEN length(state) BETWEEN 1 AND 512 THEN state END))
         END
    FROM (SELECT current_setting('switchyard.traceparent', true) AS parent, current_setting('switchyard.tracestate', true) AS state) AS session
$$;

-- All leaves of a JSON value, with the paths to them.
CREATE FUNCTION switchyard.leaves_of(value jsonb) RETURNS TABLE (path text, leaf jsonb)
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE node (path, value) AS (
    SELECT '$', $1
    UNION ALL
    SELECT node.path || child.path, child.value
      FROM node CROSS JOIN LATERAL (
        SELECT '.' || each.key AS path, each.value
          FROM jsonb_each(CASE jsonb_typeof(node.value) WHEN 'object' THEN node.value ELSE '{}' END) AS each
        UNION ALL
        SELECT '[' || each.place - 1 || ']', each.value
          FROM jsonb_array_elements(CASE jsonb_typeof(node.value) WHEN 'array' THEN node.value ELSE '[]' END)
               WITH ORDINALITY AS each (value, place)) AS child
  )
  SELECT node.path, node.value FROM node WHERE jsonb_typeof(node.value) NOT IN ('object', 'array')
$$;

-- Whether readers of JSON that know doubles alone, which most are, would take another number for it.
CREATE FUNCTION switchyard.is_beyond_double(number numeric) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 AS $$
  SELECT CASE WHEN abs($1) <= 9007199254740992 THEN false
              WHEN abs($1) > 1.7976931348623157e308 THEN true
              ELSE $1::double precision::text::numeric <> $1 END
$$;

-- Why Temporal cannot be given this input, as CODE: words without a value of the row; NULL: it can. `suspects` are those columns of the
-- row whose values JSON cannot say: jsonb makes texts of them, so a text of the input that is one of theirs has come from there.
CREATE FUNCTION switchyard.problem_of_input(
  input jsonb, is_args boolean, search_attributes jsonb DEFAULT NULL, suspects jsonb DEFAULT NULL
) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name text;
  wrong jsonb;
  place text;
BEGIN
  IF is_args AND jsonb_typeof(input) <> 'array' THEN
    RETURN 'EXPRESSION_FAILED: the input must be a JSON array of arguments, as the queue has input_is_args';
  ELSIF jsonb_typeof(search_attributes) <> 'object' THEN
    RETURN 'EXPRESSION_FAILED: search_attributes must be a JSON object of names and values';
  ELSIF suspects IS NULL AND input::text !~ '[0-9]{16}' THEN
    RETURN NULL;
  END IF;
  SELECT suspect.key, held.leaf INTO name, wrong
    FROM jsonb_each(suspects) AS suspect CROSS JOIN LATERAL switchyard.leaves_of(suspect.value) AS held
   WHERE (held.leaf #>> '{}' IN ('NaN', 'Infinity', '-Infinity', 'infinity', '-infinity') OR held.leaf #>> '{}' LIKE '\\x%'
          OR CASE jsonb_typeof(held.leaf) WHEN 'number' THEN switchyard.is_beyond_double((held.leaf #>> '{}')::numeric) END)
     AND held.leaf IN (SELECT given.leaf FROM switchyard.leaves_of(input) AS given)
   LIMIT 1;
  IF jsonb_typeof(wrong) = 'number' THEN
    RETURN format('INPUT_NOT_JSON: the column %I holds a number beyond 2^53, which readers of JSON would change; use NEW.%1$I::text', name);
  ELSIF wrong #>> '{}' LIKE '\\x%' THEN
    RETURN format('INPUT_NOT_JSON: the column %I holds bytes, which JSON cannot say; use encode(NEW.%1$I, ''base64'')', name);
  ELSIF wrong IS NOT NULL THEN
    RETURN format('INPUT_NOT_JSON: the column %I holds NaN or infinity, which JSON cannot say; use nullif(NEW.%1$I, …) or CASE', name);
  END IF;
  SELECT given.path INTO place FROM switchyard.leaves_of(input) AS given
   WHERE CASE jsonb_typeof(given.leaf) WHEN 'number' THEN switchyard.is_beyond_double((given.leaf #>> '{}')::numeric) END
   LIMIT 1;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  RETURN format('INPUT_NOT_JSON: the number at %s is beyond 2^53, which readers of JSON would change; make it a text', place);
END
$$;

-- Why a job cannot have this key, which stands in an index; NULL: it can.
CREATE FUNCTION switchyard.problem_of_key(key text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN octet_length($1) > 1000 THEN format('EXPRESSION_FAILED: the key has %s bytes; it may have 1000', octet_length($1)) END
$$;

-- The row of the registry for a queue that must be there.
CREATE FUNCTION switchyard.known_queue(queue text) RETURNS switchyard.queues
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known switchyard.queues;
BEGIN
  SELECT * INTO known FROM switchyard.queues AS each WHERE each.name = queue;
  IF NOT FOUND THEN
    PERFORM switchyard.refuse('42704', format('there is no queue "%s"', queue),
      coalesce((SELECT 'There are: ' || string_agg(each.name, ', ' ORDER BY each.name) || '.' FROM switchyard.queues AS each),
               'There is none at all: see switchyard.create_queue and add_queue.'));
  END IF;
  RETURN known;
END
$$;

-- Refuses a queue whose table was dropped.
CREATE FUNCTION switchyard.check_source_is_there(known switchyard.queues) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF known.source IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class WHERE oid = known.source) THEN
    PERFORM switchyard.refuse('42P01', format('the table of the queue "%s" was dropped', known.name),
      format('Its jobs stay. Remove the queue with SELECT switchyard.drop_queue(%L), and add it again for the table that there is now.', known.name));
  END IF;
END
$$;

-- The row of the registry for a queue whose jobs are put into it by function.
CREATE FUNCTION switchyard.queue_to_enqueue(queue text) RETURNS switchyard.queues
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known switchyard.queues := switchyard.known_queue(queue);
BEGIN
  PERFORM switchyard.check_source_is_there(known);
  IF known.kind <> 'watched' OR known.source IS NOT NULL THEN
    PERFORM switchyard.refuse('42809', format('jobs of the queue "%s" are rows of the table %s', queue, coalesce(known.source::text, known.job_table)),
      format('INSERT into %s instead.', coalesce(known.source::text, known.job_table)));
  END IF;
  RETURN known;
END
$$;
REVOKE ALL ON FUNCTION switchyard.queue_to_enqueue FROM PUBLIC;

CREATE FUNCTION switchyard.check_job(queue text, key text, workflow_id text, search_attributes jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF workflow_id = '' OR octet_length(workflow_id) > 1000 THEN
    PERFORM switchyard.refuse('22023', format('a workflow id of %s bytes for a job of the queue "%s"', octet_length(workflow_id), queue),
      'Temporal takes 1 to 1000 bytes. Leave it out for QUEUE:ID.');
  ELSIF jsonb_typeof(search_attributes) <> 'object' THEN
    PERFORM switchyard.refuse('22023', format('search_attributes of a job of the queue "%s" must be a JSON object', queue),
      'Give names and values: ''{"CustomerId": "acme"}''.');
  ELSIF switchyard.problem_of_key(key) IS NOT NULL THEN
    PERFORM switchyard.refuse('22023', format('a key of %s bytes for a job of the queue "%s"', octet_length(key), queue), 'It may have 1000 bytes.');
  END IF;
END
$$;

-- Puts a job into a queue of create_queue, in the caller's transaction, and answers its id. With the id of a job that is there it
-- answers that id and changes nothing. Its owner's rights write the row; the caller needs none but to call it.
CREATE FUNCTION switchyard.enqueue(
  queue text, input jsonb DEFAULT NULL, run_at timestamptz DEFAULT NULL, key text DEFAULT NULL, priority integer DEFAULT 0,
  id uuid DEFAULT NULL, workflow_id text DEFAULT NULL, search_attributes jsonb DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known switchyard.queues := switchyard.queue_to_enqueue($1);
  job_id uuid := coalesce($6, gen_random_uuid());
BEGIN
  PERFORM switchyard.check_job($1, $4, $7, $8);
  EXECUTE format('INSERT INTO switchyard_jobs.%I (id, workflow_id, input, input_problem, headers, search_attributes, key, priority, run_at)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $9 > clock_timestamp() THEN $9 END) ON CONFLICT (id) DO NOTHING', known.name)
    USING job_id, coalesce($7, known.name || ':' || job_id), $2, switchyard.problem_of_input($2, known.input_is_args),
          switchyard.trace_context(), $8, $4, coalesce($5, 0), $3;
  RETURN job_id;
END
$$;
REVOKE ALL ON FUNCTION switchyard.enqueue FROM PUBLIC;
COMMENT ON FUNCTION switchyard.enqueue IS 'Puts a job into a queue of create_queue; answers its id';

-- What jobs of enqueue_many must be like; the first that is not is named.
CREATE FUNCTION switchyard.check_jobs(queue text, jobs jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fields text[] := '{input,run_at,key,priority,id,workflow_id,search_attributes}';
  wrong record;
BEGIN
  IF jsonb_typeof(jobs) <> 'array' THEN
    PERFORM switchyard.refuse('22023', format('jobs of the queue "%s" must be a JSON array, and are of type %s', queue, jsonb_typeof(jobs)),
      'For one: ''[{"input": {"to": "a@example.org"}, "key": "acme"}]''.');
  END IF;
  SELECT place - 1 AS place, jsonb_typeof(job) AS type, unknown INTO wrong
    FROM jsonb_array_elements(jobs) WITH ORDINALITY AS list (job, place)
    LEFT JOIN LATERAL jsonb_object_keys(CASE jsonb_typeof(job) WHEN 'object' THEN job ELSE '{}' END) AS unknown ON unknown <> ALL (fields)
   WHERE jsonb_typeof(job) <> 'object' OR unknown IS NOT NULL
   ORDER BY place LIMIT 1;
  IF FOUND THEN
    PERFORM switchyard.refuse('22023', CASE WHEN wrong.unknown IS NULL
        THEN format('jobs[%s] of the queue "%s" must be a JSON object, and is of type %s', wrong.place, queue, wrong.type)
        ELSE format('jobs[%s] of the queue "%s" has a field that jobs have not: "%s"', wrong.place, queue, left(wrong.unknown, 100)) END,
      format('The fields are: %s.', array_to_string(fields, ', ')));
  END IF;
  PERFORM switchyard.check_job(queue, job ->> 'key', job ->> 'workflow_id', nullif(job -> 'search_attributes', 'null'))
     FROM jsonb_array_elements(jobs) AS job WHERE job ?| '{workflow_id,search_attributes}' OR octet_length(job ->> 'key') > 1000;
END
$$;

-- Many jobs with one statement: of `inputs`, which share the rest, or of `jobs`, an array of objects whose fields are the arguments of
-- enqueue; what a job does not name, or gives as null, it has of the other arguments. A field "input" that is null is JSON's null.
-- Answers their ids, in the order in which they were given. With the id of a job that is there it answers that id and changes nothing.
CREATE FUNCTION switchyard.enqueue_many(
  queue text, inputs jsonb[] DEFAULT NULL, run_at timestamptz DEFAULT NULL, key text DEFAULT NULL, priority integer DEFAULT 0,
  jobs jsonb DEFAULT NULL
) RETURNS SETOF uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known switchyard.queues := switchyard.queue_to_enqueue($1);
  ids uuid[];
BEGIN
  PERFORM switchyard.check_job($1, $4, NULL, NULL);
  IF $2 IS NOT NULL AND $6 IS NOT NULL THEN
    PERFORM switchyard.refuse('22023', format('enqueue_many of the queue "%s" got inputs and jobs', $1),
      'Give one of them. The input of each of jobs is its field "input".');
  ELSIF $6 IS NULL THEN
    ids := ARRAY(SELECT gen_random_uuid() FROM unnest($2));
    EXECUTE format('INSERT INTO switchyard_jobs.%I (id, workflow_id, input, input_problem, headers, key, priority, run_at)
                    SELECT job.id, $3 || job.id, job.input, switchyard.problem_of_input(job.input, $4), $5, $6, $7,
                           CASE WHEN $8 > clock_timestamp() THEN $8 END
                      FROM unnest($1, $2) WITH ORDINALITY AS job (id, input, place) ORDER BY place', known.name)
      USING ids, $2, known.name || ':', known.input_is_args, switchyard.trace_context(), $4, coalesce($5, 0), $3;
  ELSE
    PERFORM switchyard.check_jobs($1, $6);
    ids := ARRAY(SELECT coalesce((job ->> 'id')::uuid, gen_random_uuid()) FROM jsonb_array_elements($6) WITH ORDINALITY AS list (job, place) ORDER BY place);
    EXECUTE format('INSERT INTO switchyard_jobs.%I (id, workflow_id, input, input_problem, headers, search_attributes, key, priority, run_at)
                    SELECT made.id, coalesce(made.job ->> ''workflow_id'', $3 || made.id), made.job -> ''input'',
                           switchyard.problem_of_input(made.job -> ''input'', $4), $5, nullif(made.job -> ''search_attributes'', ''null''),
                           coalesce(made.job ->> ''key'', $6), coalesce((made.job ->> ''priority'')::integer, $7),
                           CASE WHEN made.run_at > clock_timestamp() THEN made.run_at END
                      FROM (SELECT list.*, coalesce((job ->> ''run_at'')::timestamptz, $8) AS run_at
                              FROM ROWS FROM (unnest($1), jsonb_array_elements($2)) WITH ORDINALITY AS list (id, job, place)) AS made
                     ORDER BY place ON CONFLICT (id) DO NOTHING', known.name)
      USING ids, $6, known.name || ':', known.input_is_args, switchyard.trace_context(), $4, coalesce($5, 0), $3;
  END IF;
  RETURN QUERY SELECT unnest(ids);
END
$$;
REVOKE ALL ON FUNCTION switchyard.enqueue_many FROM PUBLIC;
COMMENT ON FUNCTION switchyard.enqueue_many IS 'Puts many jobs into a queue of create_queue; answers their ids';

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest('{client,api}'::text[]), 'EXECUTE', 'FUNCTION switchyard.' || name
  FROM unnest('{enqueue,enqueue_many}'::text[]) AS name
UNION ALL
SELECT 'switchyard_client', 'USAGE', 'SCHEMA switchyard';
