/**
 * The statements of applications that call the functions of watched queues from TypeScript. All parameters are texts, and so is the
 * one column of the one row, `answer`: see `client/database.ts`.
 */

/** $1 queue, $2 the job as `client/enqueue.ts` writes it. Answers the id. */
export const enqueueJob = `
  SELECT switchyard.enqueue($1::text, job -> 'input', run_at => (job ->> 'run_at')::timestamptz, key => job ->> 'key',
                            priority => (job ->> 'priority')::integer, id => (job ->> 'id')::uuid,
                            workflow_id => job ->> 'workflow_id', search_attributes => job -> 'search_attributes')::text AS answer
    FROM (SELECT $2::text::jsonb AS job) AS given`;

/** $1 queue, $2 array of such jobs. Answers the array of their ids. */
export const enqueueJobs = `
  SELECT coalesce(jsonb_agg(id ORDER BY place), '[]')::text AS answer
    FROM switchyard.enqueue_many($1::text, jobs => $2::text::jsonb) WITH ORDINALITY AS made (id, place)`;

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

/** $1 queue, $2 id. Answers the job as JSON, with the fields of `client/job.ts`; no row where there is none. */
export const readJob = `
  SELECT json_build_object(
           'id', id, 'status', status, 'workflowId', workflow_id, 'runId', run_id, 'attempt', attempt,
           'input', input, 'result', result, 'resultNote', result_note,
           'errorCode', error_code, 'errorMessage', error_message,
           'key', key, 'priority', priority, 'runAt', run_at, 'createdAt', created_at, 'startedAt', started_at,
           'endedAt', ended_at, 'cancelRequestedAt', cancel_requested_at, 'whyWaiting', why_waiting)::text AS answer
    FROM switchyard.job($1::text, $2::text)`;
