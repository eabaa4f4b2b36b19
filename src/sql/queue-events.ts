/** The newest event of all queues; events have rising numbers. */
export const newestEvent = 'SELECT max(id)::text AS id FROM switchyard.job_events';

/** $1 a queue, $2 the event behind which to begin, $3 how many. */
export const eventsOfQueue = `
  SELECT event.id::text AS id, at, queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail
    FROM switchyard.job_events AS event
   WHERE event.id > $2::bigint AND queue = $1
   ORDER BY event.id
   LIMIT $3`;
