-- Up Migration
-- Jobs that wait for a person. A parked job is not in flight: it counts against no limit and holds no activity. Its workflow
-- waits, and goes on when the row has an answer.

CREATE FUNCTION switchyard.refuse_answer(why text, rule text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '%', why USING ERRCODE = 'check_violation', CONSTRAINT = 'switchyard_answer_' || rule;
END
$$;

-- What is wrong with one field of an answer; NULL: nothing. `form` is a schema of the words that MCP's elicitation takes of
-- JSON Schema: type, enum, oneOf with const, minLength, maxLength, minimum, maximum, and items with enum or anyOf.
CREATE FUNCTION switchyard.misfit_of_field(form jsonb, given jsonb) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN form ->> 'type' = 'integer' AND (jsonb_typeof(given) <> 'number' OR given::text !~ '^-?[0-9]+$') THEN 'must be an integer'
    WHEN form ->> 'type' <> 'integer' AND form ->> 'type' <> jsonb_typeof(given) THEN 'must be a ' || (form ->> 'type')
    WHEN form ? 'enum' AND NOT (form -> 'enum') @> given THEN 'must be one of ' || (form ->> 'enum')
    WHEN form ? 'oneOf' AND NOT jsonb_path_query_array(form, '$.oneOf[*].const') @> given
      THEN 'must be one of ' || jsonb_path_query_array(form, '$.oneOf[*].const')::text
    WHEN form #> '{items,enum}' IS NOT NULL AND NOT (form #> '{items,enum}') @> given
      THEN 'must hold only ' || (form #>> '{items,enum}')
    WHEN form #> '{items,anyOf}' IS NOT NULL AND NOT jsonb_path_query_array(form, '$.items.anyOf[*].const') @> given
      THEN 'must hold only ' || jsonb_path_query_array(form, '$.items.anyOf[*].const')::text
    WHEN jsonb_typeof(given) = 'number' AND (given #>> '{}')::numeric < (form ->> 'minimum')::numeric
      THEN 'must be at least ' || (form ->> 'minimum')
    WHEN jsonb_typeof(given) = 'number' AND (given #>> '{}')::numeric > (form ->> 'maximum')::numeric
      THEN 'must be at most ' || (form ->> 'maximum')
    WHEN jsonb_typeof(given) = 'string' AND length(given #>> '{}') < (form ->> 'minLength')::integer THEN 'is too short'
    WHEN length(given #>> '{}') > coalesce((form ->> 'maxLength')::integer, 10000) THEN 'is too long'
  END
$$;

-- What is wrong with an answer; NULL: nothing. A question is {"step", "message", "schema"}, an answer {"step", "value"}; to one
-- with "mayDecline" also {"step", "action": "decline"} or "cancel". Schemas
-- are those of MCP's elicitation: an object of plain fields ({"properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}).
CREATE FUNCTION switchyard.misfit_of_answer(question jsonb, answer jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fields jsonb := coalesce(question #> '{schema,properties}', '{}');
  value jsonb := answer -> 'value';
BEGIN
  IF answer ->> 'step' IS DISTINCT FROM question ->> 'step' THEN
    RETURN format('it answers the step %s, and the question is of step %s', coalesce(answer -> 'step', 'null'), question -> 'step');
  END IF;
  IF answer ->> 'action' <> 'accept' THEN
    RETURN CASE WHEN answer ->> 'action' IN ('decline', 'cancel') AND question @> '{"mayDecline": true}' THEN NULL
                WHEN question @> '{"mayDecline": true}' THEN 'its "action" must be "accept", "decline" or "cancel"'
                ELSE 'its "action" must be "accept", or be left out' END;
  END IF;
  IF jsonb_typeof(value) IS DISTINCT FROM 'object' THEN
    RETURN format('its "value" must be an object with the fields %s', ARRAY(SELECT jsonb_object_keys(fields)));
  END IF;
  RETURN (
    SELECT format('its field "%s" %s', name, misfit)
      FROM (
        SELECT name, CASE WHEN fields ? name THEN switchyard.misfit_of_field(fields -> name, value -> name)
                          ELSE 'is none that was asked for' END AS misfit
          FROM jsonb_object_keys(value) AS given (name)
        UNION ALL
        SELECT name, 'is missing'
          FROM jsonb_array_elements_text(coalesce(question #> '{schema,required}', '[]')) AS wanted (name)
         WHERE NOT value ? name
      ) AS found
     WHERE misfit IS NOT NULL
     ORDER BY name LIMIT 1);
END
$$;

-- Lets the jobs of a queue park, after add_job_table, which was told the word of that state (states: "parked"). `columns` as there,
-- and the columns of the parking: question, answer, answerBy.
CREATE FUNCTION switchyard.add_parking(queue text, job_table regclass, parked text, columns jsonb DEFAULT '{}',
                                       waiting text DEFAULT 'queued')
  RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $add_parking$
DECLARE
  role text;
  name text;
  code text := $template$
    CREATE FUNCTION switchyard.{before_answer}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
    DECLARE
      misfit text;
    BEGIN
      IF NEW.{status} = {=waiting} AND OLD.{status} <> {=waiting} THEN
        NEW.{question} := NULL;
        NEW.{answer} := NULL;
        NEW.{answerBy} := NULL;
        RETURN NEW;
      END IF;
      IF NEW.{answer} IS NULL OR NEW.{answer} IS NOT DISTINCT FROM OLD.{answer} THEN
        RETURN NEW;
      END IF;
      IF OLD.{status} <> {=parked} OR NEW.{status} <> {=parked} THEN
        PERFORM switchyard.refuse_answer(
          format('job %s of queue {queue} waits for no answer: it is %s', OLD.{id}, OLD.{status}), 'is_asked_for');
      ELSIF OLD.{answer} IS NOT NULL THEN
        PERFORM switchyard.refuse_answer(format('job %s of queue {queue} was answered already', OLD.{id}), 'is_the_first');
      ELSIF OLD.{answerBy} < clock_timestamp() THEN
        PERFORM switchyard.refuse_answer(
          format('job %s of queue {queue} had to be answered by %s', OLD.{id}, to_jsonb(OLD.{answerBy}) #>> '{}'), 'is_in_time');
      END IF;
      misfit := switchyard.misfit_of_answer(OLD.{question}, NEW.{answer});
      IF misfit IS NOT NULL THEN
        PERFORM switchyard.refuse_answer(format('the answer to job %s of queue {queue} does not fit: %s', OLD.{id}, misfit), 'fits');
      END IF;
      RETURN NEW;
    END
    $body$;

    CREATE FUNCTION switchyard.{after_answer}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
      IF NEW.{cancelRequestedAt} IS NOT NULL AND OLD.{cancelRequestedAt} IS NULL THEN
        INSERT INTO switchyard.job_events (queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail)
        VALUES ({=queue}, NEW.{id}::text, least(coalesce(NEW.{attempt}, 0), 2147483647)::integer, 'parked', 'parked', NEW.{runId}, switchyard.actor(), 'CANCEL_REQUESTED',
                nullif(current_setting('switchyard.detail', true), ''));
      ELSIF NEW.{answer} IS NOT NULL AND OLD.{answer} IS NULL THEN
        INSERT INTO switchyard.job_events (queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail)
        VALUES ({=queue}, NEW.{id}::text, least(coalesce(NEW.{attempt}, 0), 2147483647)::integer, 'parked', 'parked', NEW.{runId}, switchyard.actor(), 'ANSWERED',
                NEW.{question} ->> 'step');
      ELSE
        RETURN NULL;
      END IF;
      PERFORM switchyard.ring_for_signal({=queue});
      RETURN NULL;
    END
    $body$;

    CREATE TRIGGER switchyard_before_answer BEFORE UPDATE ON {table} FOR EACH ROW
      WHEN (OLD.{status} IS DISTINCT FROM NEW.{status} OR OLD.{answer} IS DISTINCT FROM NEW.{answer})
      EXECUTE FUNCTION switchyard.{before_answer}();
    CREATE TRIGGER switchyard_after_answer AFTER UPDATE ON {table} FOR EACH ROW
      WHEN (OLD.{status} = {=parked} AND NEW.{status} = {=parked})
      EXECUTE FUNCTION switchyard.{after_answer}();
  $template$;
BEGIN
  columns := '{"id": "id", "status": "status", "runId": "run_id", "attempt": "attempt",
               "cancelRequestedAt": "cancel_requested_at", "question": "question", "answer": "answer",
               "answerBy": "answer_by"}'::jsonb || columns;
  FOR role, name IN SELECT * FROM jsonb_each_text(columns) LOOP
    code := replace(code, '{' || role || '}', quote_ident(name));
  END LOOP;
  FOR role, name IN SELECT * FROM jsonb_each_text(jsonb_build_object('queue', queue, 'parked', parked, 'waiting', waiting)) LOOP
    code := replace(code, '{=' || role || '}', quote_literal(name));
  END LOOP;
  FOREACH role IN ARRAY ARRAY['before_answer', 'after_answer'] LOOP
    code := replace(code, '{' || role || '}', quote_ident(queue || '_' || role));
  END LOOP;
  code := replace(code, '{queue}', replace(replace(queue, '''', ''''''), '%', '%%'));
  EXECUTE replace(code, '{table}', job_table::text);
  FOREACH role IN ARRAY ARRAY['before_answer', 'after_answer'] LOOP
    EXECUTE format('ALTER FUNCTION switchyard.%I() SECURITY DEFINER SET search_path = pg_catalog, pg_temp', queue || '_' || role);
  END LOOP;
END
$add_parking$;
