-- Up Migration
-- Outside systems that are out of order: their failures over a window, and the breaker, which is a pause that opens and
-- closes by itself.

CREATE TABLE switchyard.systems (
  system          text        PRIMARY KEY,
  last_success_at timestamptz NOT NULL
);
COMMENT ON TABLE switchyard.systems IS 'When an outside system was last seen to answer; each worker notes it once a second at most';

CREATE TABLE switchyard.system_failures (
  id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system text        NOT NULL,
  job_id text        NOT NULL,
  at     timestamptz NOT NULL,
  -- When the call began, for one that waited its whole time for an answer; else `at`.
  since  timestamptz NOT NULL,
  code   text        NOT NULL
);
CREATE INDEX system_failures_idx ON switchyard.system_failures (system, at);
COMMENT ON TABLE switchyard.system_failures IS 'Failures that say the system is out of order, not the job; kept for an hour';

-- Counts a failure of a job's call, and opens the breaker when by now at least `least_jobs` jobs have failed within the
-- window, none has succeeded since the first of those failures, and that has lasted a tenth of the window: a system that one
-- job crashes is back by then, and others succeed. The failure of the last probe puts the next one off by `probe_ms`.
-- Answers `counted`, `opened` (by this failure) or `open` (before it).
CREATE FUNCTION switchyard.system_failed(
  of_system text, of_job text, is_probe boolean, with_code text, says text, took_ms double precision,
  least_jobs integer, window_ms double precision, probe_ms double precision
) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  now_is  timestamptz := clock_timestamp();
  span    interval := window_ms * interval '1 millisecond';
  -- Success, by a call or by a hand that resumed the system, ends a streak.
  last_ok timestamptz := greatest(
    (SELECT last_success_at FROM switchyard.systems WHERE system = of_system),
    (SELECT max(resumed_at) FROM switchyard.pauses WHERE scope = 'system' AND system = of_system)
  );
  jobs    integer;
  began   timestamptz;
BEGIN
  INSERT INTO switchyard.system_failures (system, job_id, at, since, code)
  VALUES (of_system, of_job, now_is, now_is - took_ms * interval '1 millisecond', with_code);
  DELETE FROM switchyard.system_failures WHERE id IN (
    SELECT id FROM switchyard.system_failures WHERE system = of_system AND at < now_is - span - interval '1 hour'
     ORDER BY at LIMIT 100 FOR UPDATE SKIP LOCKED);

  UPDATE switchyard.pauses
     SET probes = probes + 1,
         probe_at = CASE WHEN probe_job = of_job THEN now_is + probe_ms * interval '1 millisecond' ELSE probe_at END
   WHERE scope = 'system' AND system = of_system AND resumed_at IS NULL AND automatic AND is_probe;
  IF FOUND OR EXISTS (
    SELECT FROM switchyard.pauses WHERE scope = 'system' AND system = of_system AND resumed_at IS NULL
  ) THEN
    RETURN 'open';
  END IF;

  SELECT count(DISTINCT job_id), greatest(min(since), last_ok) INTO jobs, began
    FROM switchyard.system_failures
   WHERE system = of_system AND at > greatest(now_is - span, last_ok);
  IF jobs < least_jobs OR began > now_is - span / 10 THEN RETURN 'counted'; END IF;

  INSERT INTO switchyard.pauses (scope, system, automatic, probe_at, reason)
  VALUES ('system', of_system, true, now_is + probe_ms * interval '1 millisecond',
          format('%s jobs failed within %s s, at last: %s', jobs, round((window_ms / 1000)::numeric, 1)::real, left(says, 500)))
  ON CONFLICT DO NOTHING;
  RETURN CASE WHEN FOUND THEN 'opened' ELSE 'open' END;
END
$$;

-- Whether this job may try a system whose breaker is open. Taken for three intervals, in case its worker dies or its call
-- hangs; whoever tried last leaves the others half an interval's start.
CREATE FUNCTION switchyard.take_probe(of_system text, of_job text, probe_ms double precision) RETURNS boolean
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  WITH taken AS (
    UPDATE switchyard.pauses
       SET probe_at = clock_timestamp() + 3 * probe_ms * interval '1 millisecond', probe_job = of_job
     WHERE scope = 'system' AND system = of_system AND resumed_at IS NULL AND automatic
       AND probe_at <= clock_timestamp()
                       - CASE WHEN probe_job = of_job THEN probe_ms / 2 ELSE 0 END * interval '1 millisecond'
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM taken)
$$;

-- A probe that broke off and says nothing of the system: the next job may try at once.
CREATE FUNCTION switchyard.give_back_probe(of_system text, of_job text) RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE switchyard.pauses SET probe_at = clock_timestamp(), probe_job = NULL
   WHERE scope = 'system' AND system = of_system AND resumed_at IS NULL AND automatic AND probe_job = of_job
$$;

-- The system answered a call. A probe's closes the breaker, however long it took. Answers whether it did.
CREATE FUNCTION switchyard.system_answered(of_system text, is_probe boolean) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO switchyard.systems AS known (system, last_success_at) VALUES (of_system, clock_timestamp())
  ON CONFLICT (system) DO UPDATE SET last_success_at = greatest(known.last_success_at, excluded.last_success_at);
  UPDATE switchyard.pauses SET resumed_at = clock_timestamp(), resumed_by = switchyard.actor()
   WHERE scope = 'system' AND system = of_system AND resumed_at IS NULL AND automatic AND is_probe;
  RETURN FOUND;
END
$$;
