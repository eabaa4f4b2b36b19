-- Up Migration
-- squawk-ignore-file require-concurrent-index-creation
-- Before the first release: no database has rows yet.
-- What happened in each minute, by queue, made of job_events once the minute is over. New tables and one index: a BRIN index is a few
-- pages large, and costs an INSERT of an event next to nothing.

CREATE INDEX job_events_at_idx ON switchyard.job_events USING brin (at);

CREATE TABLE switchyard.queue_minutes (
  minute     timestamptz      NOT NULL,
  queue      text             NOT NULL,
  inserted   integer          NOT NULL,
  started    integer          NOT NULL,
  complete   integer          NOT NULL,
  failed     integer          NOT NULL,
  canceled   integer          NOT NULL,
  wait_p50   double precision,
  wait_p95   double precision,
  total_p95  double precision,
  wait_late  integer,
  total_late integer,
  PRIMARY KEY (minute, queue)
);
COMMENT ON TABLE switchyard.queue_minutes IS 'What happened in a minute; a minute without events has no row; kept for eight days';
COMMENT ON COLUMN switchyard.queue_minutes.wait_p95 IS 'Seconds from when a job could start to its start, of the jobs that started in the minute';
COMMENT ON COLUMN switchyard.queue_minutes.total_p95 IS 'Seconds from the insert to the end, of the jobs that ended in the minute';
COMMENT ON COLUMN switchyard.queue_minutes.wait_late IS 'Jobs that started later than the objective of the queue allows; NULL: it had none';

-- How far the minutes have been made. One row.
CREATE TABLE switchyard.history_progress (
  only_one   boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
  done_until timestamptz NOT NULL
);

CREATE TABLE switchyard.objectives (
  queue      text             NOT NULL,
  of         text             NOT NULL CHECK (of IN ('waiting', 'total')),
  seconds    double precision NOT NULL CHECK (seconds > 0),
  part       double precision NOT NULL DEFAULT 0.99 CHECK (part > 0 AND part < 1),
  updated_by text             NOT NULL DEFAULT switchyard.actor(),
  updated_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (queue, of)
);
COMMENT ON TABLE switchyard.objectives IS 'How soon jobs of a queue are to start, or to end: this part of them within so many seconds';
COMMENT ON COLUMN switchyard.objectives.of IS 'waiting: from when a job could start to its start; total: from its insert to its end';
CREATE TRIGGER objectives_note_change AFTER INSERT OR UPDATE OR DELETE ON switchyard.objectives
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_queue_change('objectives');
CREATE TRIGGER objectives_note_action AFTER INSERT OR UPDATE OR DELETE ON switchyard.objectives
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_limits_action();

-- The jobs of one queue that started between two times: seconds that each waited since it could start. With the row's time before which
-- it was not to start, where the table can be read.
CREATE FUNCTION switchyard.waits_of(queue text, since timestamptz, until timestamptz)
  RETURNS TABLE (minute timestamptz, waited double precision)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $waits_of$
DECLARE
  known record;
  run_at text := 'NULL::timestamptz';
BEGIN
  SELECT format('%I.%I', split_part(job_table, '.', 1), substr(job_table, strpos(job_table, '.') + 1)) AS job_table,
         coalesce(columns ->> 'id', 'id') AS id, coalesce(columns ->> 'runAt', 'run_at') AS run_at
    INTO known FROM switchyard.queues AS each WHERE each.name = queue;
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(known.job_table) AND attname = known.run_at AND NOT attisdropped)
     AND has_table_privilege(to_regclass(known.job_table), 'SELECT') THEN
    run_at := format('(SELECT %I::timestamptz FROM %s AS job WHERE job.%I = event.job_id::%s)', known.run_at, known.job_table, known.id,
      (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(known.job_table) AND attname = known.id));
  END IF;
  RETURN QUERY EXECUTE format($query$
    SELECT date_trunc('minute', event.at),
           greatest(0, extract(epoch FROM event.at - greatest(waiting.at, %s)))::double precision
      FROM switchyard.job_events AS event,
           LATERAL (SELECT earlier.at FROM switchyard.job_events AS earlier
                     WHERE earlier.queue = event.queue AND earlier.job_id = event.job_id AND earlier.id < event.id
                       AND earlier.to_status = 'queued' AND earlier.from_status IS DISTINCT FROM 'queued'
                     ORDER BY earlier.id DESC LIMIT 1) AS waiting
     WHERE event.at >= $2 AND event.at < $3 AND event.queue = $1
       AND event.from_status = 'queued' AND event.to_status = 'processing'
    $query$, run_at) USING queue, since, until;
END
$waits_of$;
REVOKE ALL ON FUNCTION switchyard.waits_of FROM PUBLIC;

-- Makes the minutes between two times, again where they are there.
CREATE FUNCTION switchyard.make_minutes(since timestamptz, until timestamptz) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  WITH moves AS MATERIALIZED (
    SELECT event.queue, date_trunc('minute', event.at) AS minute, event.from_status, event.to_status,
           CASE WHEN event.to_status IN ('complete', 'failed', 'canceled') THEN
             (SELECT extract(epoch FROM event.at - first.at)::double precision FROM switchyard.job_events AS first
               WHERE first.queue = event.queue AND first.job_id = event.job_id ORDER BY first.id LIMIT 1) END AS total
      FROM switchyard.job_events AS event
     WHERE event.at >= since AND event.at < until AND event.from_status IS DISTINCT FROM event.to_status
  ), waits AS MATERIALIZED (
    SELECT each.queue, wait.minute, wait.waited
      FROM (SELECT DISTINCT queue FROM moves WHERE from_status = 'queued' AND to_status = 'processing') AS each,
           LATERAL switchyard.waits_of(each.queue, since, until) AS wait
  ), waited AS (
    SELECT waits.queue, waits.minute, percentile_disc(0.5) WITHIN GROUP (ORDER BY waited) AS p50,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY waited) AS p95,
           CASE WHEN bool_or(target.seconds IS NOT NULL) THEN count(*) FILTER (WHERE waited > target.seconds) END AS late
      FROM waits LEFT JOIN switchyard.objectives AS target ON target.queue = waits.queue AND target.of = 'waiting'
     GROUP BY waits.queue, waits.minute
  ), counted AS (
    SELECT moves.queue, moves.minute, count(*) FILTER (WHERE from_status IS NULL) AS inserted,
           count(*) FILTER (WHERE from_status = 'queued' AND to_status = 'processing') AS started,
           count(*) FILTER (WHERE to_status = 'complete') AS complete,
           count(*) FILTER (WHERE to_status = 'failed') AS failed,
           count(*) FILTER (WHERE to_status = 'canceled') AS canceled,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY total) AS total_p95,
           CASE WHEN bool_or(target.seconds IS NOT NULL) THEN count(*) FILTER (WHERE total > target.seconds) END AS total_late
      FROM moves LEFT JOIN switchyard.objectives AS target ON target.queue = moves.queue AND target.of = 'total'
     GROUP BY moves.queue, moves.minute
  )
  INSERT INTO switchyard.queue_minutes
         (minute, queue, inserted, started, complete, failed, canceled, wait_p50, wait_p95, total_p95, wait_late, total_late)
  SELECT minute, queue, inserted, started, complete, failed, canceled, waited.p50, waited.p95, total_p95, waited.late, total_late
    FROM counted LEFT JOIN waited USING (queue, minute)
  ON CONFLICT (minute, queue) DO UPDATE
     SET inserted = excluded.inserted, started = excluded.started, complete = excluded.complete, failed = excluded.failed,
         canceled = excluded.canceled, wait_p50 = excluded.wait_p50, wait_p95 = excluded.wait_p95, total_p95 = excluded.total_p95,
         wait_late = excluded.wait_late, total_late = excluded.total_late
$$;
REVOKE ALL ON FUNCTION switchyard.make_minutes FROM PUBLIC;

-- Makes the minutes that are over, at most ten a call, and each once more three minutes later: what was committed late is in it then.
-- Answers how many minutes are left to make; NULL: another process is at it. Every process that keeps house calls it.
CREATE FUNCTION switchyard.keep_history() RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  over timestamptz := date_trunc('minute', clock_timestamp() - interval '2 seconds');
  since timestamptz;
  until timestamptz;
  again interval := interval '3 minutes';
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('switchyard.keep_history', 0)) THEN
    RETURN NULL;
  END IF;
  INSERT INTO switchyard.history_progress (done_until) VALUES (over - interval '1 hour') ON CONFLICT DO NOTHING;
  SELECT greatest(done_until, over - interval '8 days') INTO since FROM switchyard.history_progress;
  IF since >= over THEN
    RETURN 0;
  END IF;
  until := least(over, since + interval '10 minutes');
  IF until - since < again THEN
    PERFORM switchyard.make_minutes(since - again, until - again);
    PERFORM switchyard.make_minutes(since, until);
  ELSE
    PERFORM switchyard.make_minutes(since - again, until);
  END IF;
  UPDATE switchyard.history_progress SET done_until = until;
  DELETE FROM switchyard.queue_minutes WHERE minute < over - interval '8 days';
  DELETE FROM switchyard.queue_changes WHERE at < over - interval '1 day' AND id < (SELECT max(id) FROM switchyard.queue_changes);
  RETURN extract(epoch FROM over - until) / 60;
END
$$;
REVOKE ALL ON FUNCTION switchyard.keep_history FROM PUBLIC;

INSERT INTO switchyard.grants (role, privileges, object)
SELECT 'switchyard_' || unnest(roles), privileges, object
  FROM (VALUES
    ('EXECUTE', 'FUNCTION switchyard.keep_history', '{starter,worker}'::text[]),
    ('SELECT', 'switchyard.queue_minutes', '{starter,worker,api,reader}'),
    ('SELECT', 'switchyard.history_progress', '{reader}'),
    ('SELECT', 'switchyard.objectives', '{starter,worker,reader}'),
    ('SELECT, INSERT, UPDATE, DELETE', 'switchyard.objectives', '{api}')
  ) AS list (privileges, object, roles);
SELECT switchyard.apply_grants();
