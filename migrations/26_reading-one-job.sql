-- Up Migration
-- switchyard.job says how one job is, to applications that may not read job tables. New functions only.

-- What a queue's table does not have is NULL. Of an application's own job table neither input nor result is answered.
CREATE TYPE switchyard.job_view AS (
  id text, status text, workflow_id text, run_id text, attempt bigint, input jsonb, result jsonb, result_note text,
  error_code text, error_message text, key text, priority numeric, run_at timestamptz, created_at timestamptz, started_at timestamptz,
  ended_at timestamptz, cancel_requested_at timestamptz, why_waiting text
);

-- Why a job that is queued does not start, as far as its row, the pauses and its refused starts say; `switchyard why` looks further.
CREATE FUNCTION switchyard.why_waiting(queue text, needs jsonb, job switchyard.job_view) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(
    CASE WHEN ($3).run_at > clock_timestamp()
         THEN format('it is not to start before %s',
              CASE WHEN isfinite(($3).run_at) THEN to_char(($3).run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') ELSE 'infinity' END) END,
    (SELECT format('the %s is paused by %s: %s', CASE scope WHEN 'queue' THEN 'queue' ELSE format('%s "%s"', scope, coalesce(pause.key, system)) END,
                   paused_by, left(reason, 300))
       FROM switchyard.pauses AS pause
      WHERE resumed_at IS NULL
        AND CASE scope WHEN 'system' THEN $2 ? system ELSE pause.queue = $1 AND (scope = 'queue' OR pause.key = coalesce(($3).key, '')) END
      ORDER BY automatic, id LIMIT 1),
    (SELECT format('its start was refused: %s', left(detail, 300))
       FROM switchyard.job_events AS event
      WHERE event.queue = $1 AND event.job_id = ($3).id AND event.attempt = ($3).attempt AND code IN ('START_REFUSED', 'ID_TAKEN')
      ORDER BY id DESC LIMIT 1),
    'its turn has not come')
$$;
REVOKE ALL ON FUNCTION switchyard.why_waiting FROM PUBLIC;

-- The columns of job_view as expressions of a job of this place.
CREATE FUNCTION switchyard.columns_of_view(place switchyard.job_place) RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(expression, ', ' ORDER BY number)
    FROM (
      SELECT number, format('coalesce(%s)', string_agg(format(CASE WHEN attname IS NULL THEN 'NULL::%2$s' ELSE 'job.%1$I::%2$s' END, attname, type), ', ')) AS expression
        FROM (VALUES
          (1, 'id', 'text'), (2, 'status', 'text'), (3, 'workflowId', 'text'), (4, 'runId', 'text'), (5, 'attempt', 'bigint'),
          (6, 'input', 'jsonb'), (7, 'result', 'jsonb'), (8, 'resultNote', 'text'), (9, 'errorCode', 'text'), (10, 'errorMessage', 'text'),
          (11, 'key', 'text'), (12, 'priority', 'numeric'), (13, 'runAt', 'timestamptz'), (14, 'createdAt', 'timestamptz'),
          (15, 'startedAt', 'timestamptz'), (16, 'completedAt', 'timestamptz'), (16, 'failedAt', 'timestamptz'), (16, 'canceledAt', 'timestamptz'),
          (17, 'cancelRequestedAt', 'timestamptz')) AS field (number, role, type)
        LEFT JOIN pg_attribute ON attrelid = to_regclass(($1).job_table) AND attname = ($1).columns ->> role AND attnum > 0 AND NOT attisdropped
       GROUP BY number) AS list
$$;
REVOKE ALL ON FUNCTION switchyard.columns_of_view FROM PUBLIC;

-- One row, or none where there is no such job. Reads with its owner's rights; the caller needs none but to call it.
CREATE FUNCTION switchyard.read_job(queue text, id text) RETURNS SETOF switchyard.job_view
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place switchyard.job_place := switchyard.place_of(queue);
  job_id text := switchyard.id_of_job(place, id);
  needs jsonb := (SELECT definition -> 'needs' FROM switchyard.queue_definitions AS each WHERE each.queue = read_job.queue);
  is_watched boolean := place.kind = 'watched';
  job switchyard.job_view;
BEGIN
  -- Workflow id, input, result and key are read by these names from watched job tables only: an application's own table may use the same
  -- names for something else.
  place.columns := '{"startedAt": "started_at", "createdAt": "created_at", "completedAt": "completed_at", "failedAt": "failed_at",
                     "canceledAt": "canceled_at", "errorCode": "error_code", "errorMessage": "error_message"}'::jsonb
    || CASE WHEN is_watched THEN '{"workflowId": "workflow_id", "input": "input", "result": "result", "resultNote": "result_note", "key": "key"}'
            ELSE '{}' END::jsonb
    || place.columns;
  EXECUTE format('SELECT %s FROM %s AS job WHERE job.%I = $1::%s', switchyard.columns_of_view(place), place.job_table, place.columns ->> 'id', place.id_type)
    INTO job USING job_id;
  IF job.id IS NULL THEN
    RETURN;
  END IF;
  IF NOT is_watched THEN
    job.workflow_id := CASE place.id_type WHEN 'uuid' THEN job.id ELSE place.queue || ':' || job.id END;
    job.status := coalesce(nullif(switchyard.state_of_job(place, job.status), 'other'), job.status);
  END IF;
  IF job.status = 'queued' THEN
    job.why_waiting := switchyard.why_waiting(place.queue, coalesce(needs, '[]'), job);
  ELSIF job.status = 'parked' THEN
    job.why_waiting := 'it waits for an answer';
  END IF;
  RETURN NEXT job;
END
$$;
REVOKE ALL ON FUNCTION switchyard.read_job FROM PUBLIC;

CREATE FUNCTION switchyard.job(queue text, id text) RETURNS SETOF switchyard.job_view
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT * FROM switchyard.read_job($1, $2) $$;
CREATE FUNCTION switchyard.job(queue text, id anyelement) RETURNS SETOF switchyard.job_view
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT * FROM switchyard.read_job($1, $2::text) $$;
COMMENT ON FUNCTION switchyard.job(text, text) IS 'How one job is: one row, or none; see docs/any-table.md';

GRANT EXECUTE ON FUNCTION switchyard.job(text, text), switchyard.job(text, anyelement) TO PUBLIC;
INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest('{client,api,reader,queue_owner}'::text[]), 'EXECUTE', 'FUNCTION switchyard.read_job';
SELECT switchyard.apply_grants();
