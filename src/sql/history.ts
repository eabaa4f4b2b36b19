/** The statements on `switchyard.queue_minutes`, and on the objectives that they are held against. */

/** $1 queue, $2 how many minutes back. */
export const minutesOf = `
  SELECT minute AS at, inserted, started, complete, failed, canceled, wait_p50, wait_p95, total_p95
    FROM switchyard.queue_minutes
   WHERE queue = $1 AND minute >= date_trunc('minute', clock_timestamp()) - $2 * interval '1 minute'
   ORDER BY minute`;

/** Jobs a minute, by queue: of the last five minutes that are made. */
export const recentRates = `
  SELECT queue, sum(inserted) / 5.0::double precision AS inserted, sum(started) / 5.0::double precision AS started,
         sum(complete) / 5.0::double precision AS complete, sum(failed) / 5.0::double precision AS failed
    FROM switchyard.queue_minutes
   WHERE minute >= date_trunc('minute', clock_timestamp()) - interval '6 minutes'
     AND minute < date_trunc('minute', clock_timestamp()) - interval '1 minute'
   GROUP BY queue`;

/**
 * $1 queue, or NULL for all. How many times faster than allowed jobs miss the objective: 1 uses up just what it allows. NULL: no job
 * started, or ended, in that time.
 */
export const burnRates = `
  SELECT target.queue, target.of, target.seconds, target.part, window_.minutes,
         (late / nullif(jobs, 0) / (1 - target.part))::double precision AS rate
    FROM switchyard.objectives AS target
         CROSS JOIN unnest(ARRAY[5, 30, 60, 360]) AS window_ (minutes)
         LEFT JOIN LATERAL (
           SELECT sum(CASE target.of WHEN 'waiting' THEN wait_late ELSE total_late END)::double precision AS late,
                  sum(CASE target.of WHEN 'waiting' THEN started ELSE complete + failed + canceled END)::double precision AS jobs
             FROM switchyard.queue_minutes AS each
            WHERE each.queue = target.queue
              AND each.minute >= date_trunc('minute', clock_timestamp()) - (window_.minutes + 1) * interval '1 minute'
              AND CASE target.of WHEN 'waiting' THEN wait_late ELSE total_late END IS NOT NULL
         ) AS met ON true
   WHERE $1::text IS NULL OR target.queue = $1
   ORDER BY target.queue, target.of, window_.minutes`;

/** $1 queue. */
export const objectivesOf = 'SELECT of, seconds, part FROM switchyard.objectives WHERE queue = $1';

/** $1 queue, $2 those that are to stay. */
export const removeOtherObjectives = `
  DELETE FROM switchyard.objectives WHERE queue = $1 AND of <> ALL ($2::text[])`;

/** $1 queue, $2 of what, $3 seconds, $4 the part of the jobs. One that is the same already stays as it is. */
export const setObjective = `
  INSERT INTO switchyard.objectives (queue, of, seconds, part)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (queue, of) DO UPDATE
     SET seconds = excluded.seconds, part = excluded.part, updated_by = switchyard.actor(), updated_at = clock_timestamp()
   WHERE (objectives.seconds, objectives.part) IS DISTINCT FROM (excluded.seconds, excluded.part)`;
