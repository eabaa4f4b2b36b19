/**
 * The statements of applications that call the functions of watched queues from TypeScript. All parameters are texts, and so is the
 * one column of the one row, `answer`: see `client/database.ts`.
 */
import { quoteColumn } from '../platform/database.ts';

/** $1 queue, $2 the job as `client/enqueue.ts` writes it. Answers the id. */
export const enqueueJob = `
  SELECT switchyard.enqueue($1::text, job -> 'input', run_at => (job ->> 'runAt')::timestamptz, key => job ->> 'key',
                            priority => (job ->> 'priority')::integer, id => (job ->> 'id')::uuid,
                            workflow_id => job ->> 'workflowId', search_attributes => job -> 'searchAttributes')::text AS answer
    FROM (SELECT $2::text::jsonb AS job) AS given`;

/** $1 queue, $2 array of such jobs. Answers the array of their ids. */
export const enqueueJobs = `
  SELECT coalesce(jsonb_agg(id ORDER BY place), '[]')::text AS answer
    FROM (SELECT place,
                 switchyard.enqueue($1::text, job -> 'input', run_at => (job ->> 'runAt')::timestamptz, key => job ->> 'key',
                                    priority => (job ->> 'priority')::integer, id => (job ->> 'id')::uuid,
                                    workflow_id => job ->> 'workflowId', search_attributes => job -> 'searchAttributes') AS id
            FROM jsonb_array_elements($2::text::jsonb) WITH ORDINALITY AS list (job, place)) AS made`;

/** The same for jobs that differ in their inputs alone: ten times as fast, as it is one INSERT. */
export const enqueueAlike = `
  SELECT coalesce(jsonb_agg(id ORDER BY place), '[]')::text AS answer
    FROM (SELECT $2::text::jsonb AS jobs) AS given
   CROSS JOIN LATERAL switchyard.enqueue_many(
           $1::text, ARRAY(SELECT job -> 'input' FROM jsonb_array_elements(jobs) WITH ORDINALITY AS list (job, place) ORDER BY place),
           run_at => (jobs -> 0 ->> 'runAt')::timestamptz, key => jobs -> 0 ->> 'key',
           priority => (jobs -> 0 ->> 'priority')::integer) WITH ORDINALITY AS made (id, place)`;

/** $1 queue, $2 id. Answers its status. */
export const cancelJob = 'SELECT switchyard.cancel($1::text, $2::text) AS answer';

/** $1 queue, $2 id, $3 another input; NULL: the one that it has. Answers its status. */
export const retryJob = 'SELECT switchyard.retry($1::text, $2::text, $3::text::jsonb) AS answer';

/** $1 queue, $2 id, $3 priority. */
export const reprioritizeJob = `
  SELECT 'done' AS answer FROM switchyard.reprioritize($1::text, $2::text, $3::text::integer)`;

/** $1 queue, $2 id, $3 run at; NULL: now. */
export const rescheduleJob = `
  SELECT 'done' AS answer FROM switchyard.reschedule($1::text, $2::text, $3::text::timestamptz)`;

/** $1 queue, $2 id, $3 name, $4 array of arguments. Answers the id of the signal. */
export const signalJob =
  'SELECT switchyard.signal_args($1::text, $2::text, $3::text, $4::text::jsonb)::text AS answer';

/** $1 id, which has the type of the column. Answers the job as JSON, with the fields of `client/job.ts`. */
export const readJob = (queue: string) => `
  SELECT json_build_object(
           'id', job.id::text, 'status', status, 'workflowId', workflow_id, 'runId', run_id, 'attempt', attempt,
           'input', input, 'result', result, 'resultNote', result_note,
           'errorCode', error_code, 'errorMessage', error_message,
           'key', key, 'priority', priority, 'runAt', run_at, 'createdAt', created_at, 'startedAt', started_at,
           'endedAt', coalesce(completed_at, failed_at, canceled_at), 'cancelRequestedAt', cancel_requested_at)::text AS answer
    FROM switchyard_jobs.${quoteColumn(queue)} AS job
   WHERE job.id = $1`;
