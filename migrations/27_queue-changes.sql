-- Up Migration
-- What streams of events follow: beside job_events, the changes of pauses, limits and definitions. One small new table and triggers.

-- One row a change. Its ids are of the sequence of job_events, so that one number says how far a reader of both has come.
CREATE TABLE switchyard.queue_changes (
  id    bigint      PRIMARY KEY DEFAULT nextval('switchyard.job_events_id_seq'),
  at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  queue text,
  what  text        NOT NULL,
  actor text        NOT NULL DEFAULT switchyard.actor()
);
COMMENT ON TABLE switchyard.queue_changes IS 'That pauses, limits or the definition of a queue changed, for streams of events; kept for a day';
COMMENT ON COLUMN switchyard.queue_changes.queue IS 'NULL: a system was paused or resumed, and with it every queue that needs it';

CREATE FUNCTION switchyard.note_queue_change() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed jsonb := to_jsonb(coalesce(NEW, OLD));
BEGIN
  INSERT INTO switchyard.queue_changes (queue, what) VALUES (coalesce(changed ->> 'queue', changed ->> 'name'), TG_ARGV[0]);
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION switchyard.note_queue_change FROM PUBLIC;

CREATE TRIGGER pauses_note_insert AFTER INSERT ON switchyard.pauses
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_queue_change('pause');
-- Not each probe of a breaker.
CREATE TRIGGER pauses_note_update AFTER UPDATE ON switchyard.pauses FOR EACH ROW
  WHEN (OLD.resumed_at IS DISTINCT FROM NEW.resumed_at OR OLD.reason <> NEW.reason OR OLD.automatic <> NEW.automatic)
  EXECUTE FUNCTION switchyard.note_queue_change('pause');
CREATE TRIGGER limits_note_change AFTER INSERT OR UPDATE OR DELETE ON switchyard.limits
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_queue_change('limits');
CREATE TRIGGER key_limits_note_change AFTER INSERT OR UPDATE OR DELETE ON switchyard.key_limits
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_queue_change('limits');
CREATE TRIGGER queues_note_change AFTER INSERT OR UPDATE OR DELETE ON switchyard.queues
  FOR EACH ROW EXECUTE FUNCTION switchyard.note_queue_change('definition');

-- The first events and changes, by id, whose ids lie in these ranges; of one queue, or one job, where these are named. A function, so
-- that its plan is kept: readers call it ten times a second.
CREATE FUNCTION switchyard.events_in(firsts bigint[], lasts bigint[], at_most integer, of_queue text, of_job text)
  RETURNS TABLE (id bigint, at timestamptz, queue text, job_id text, attempt integer, from_status text, to_status text, run_id text,
                 actor text, code text, detail text, what text)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT event.*
    FROM unnest(firsts, lasts) AS unseen (first, last),
         LATERAL (
           (SELECT each.id, each.at, each.queue, each.job_id, each.attempt, each.from_status, each.to_status, each.run_id, each.actor,
                   each.code, left(each.detail, 2000), NULL::text
              FROM switchyard.job_events AS each
             WHERE each.id BETWEEN unseen.first AND unseen.last
               AND (of_queue IS NULL OR each.queue = of_queue) AND (of_job IS NULL OR each.job_id = of_job)
             ORDER BY each.id LIMIT at_most)
           UNION ALL
           (SELECT change.id, change.at, change.queue, NULL, NULL, NULL, NULL, NULL, change.actor, NULL, NULL, change.what
              FROM switchyard.queue_changes AS change
             WHERE change.id BETWEEN unseen.first AND unseen.last
               AND (of_queue IS NULL OR change.queue IS NULL OR change.queue = of_queue)
             ORDER BY change.id LIMIT at_most)
         ) AS event (id, at, queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail, what)
   ORDER BY event.id
   LIMIT at_most;
END
$$;

INSERT INTO switchyard.grants (role, privileges, object) VALUES
  ('switchyard_api', 'EXECUTE', 'FUNCTION switchyard.events_in'),
  ('switchyard_api', 'SELECT', 'switchyard.queue_changes'),
  ('switchyard_reader', 'SELECT', 'switchyard.queue_changes');
SELECT switchyard.apply_grants();
