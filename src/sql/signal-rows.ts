import { quoteLiterals } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { namesOf } from './names.ts';

/** The statements that deliver the signals of `switchyard.signals` to the jobs of one queue. */
export type SignalRowStatements = ReturnType<typeof signalRowStatements>;

export function signalRowStatements(queue: QueueDefinition) {
  const { table, name, c, owned } = namesOf(queue);
  const ended = quoteLiterals([queue.states.complete, queue.states.failed, queue.states.canceled]);
  const workflowId = queue.watched === undefined ? 'NULL' : 'workflow_id';
  const jobId = idFrom[queue.idType];
  /** The first waiting signal of each job but those of $2, with the state of its job; NULL: the job is gone. */
  const first = `
        SELECT first.id, first.run_id,
               (SELECT job.${c.status}::text FROM ${table} AS job WHERE job.${c.id} = ${jobId('first.job_id')}) AS job_status,
               (SELECT job.${c.runId}::text FROM ${table} AS job WHERE job.${c.id} = ${jobId('first.job_id')}) AS job_run_id
          FROM (SELECT DISTINCT ON (job_id) id, job_id, run_id
                  FROM switchyard.signals
                 WHERE queue = ${name} AND status = 'waiting' AND job_id <> ALL ($2::text[])
                 ORDER BY job_id, id) AS first`;

  return {
    /** Whether any signal waits. */
    any: `SELECT EXISTS (SELECT FROM switchyard.signals WHERE queue = ${name} AND status = 'waiting') AS waits`,

    /**
     * $1 how many at most, $2 jobs to leave alone. Writes down the run that the next signals of jobs in flight are sent to, before they
     * are sent: after a crash that run knows whether it has them.
     */
    aim: `
      UPDATE switchyard.signals AS signal
         SET run_id = aimed.job_run_id
        FROM (SELECT locked.id, first.job_run_id
                FROM (${first}) AS first
                JOIN switchyard.signals AS locked ON locked.id = first.id
               WHERE first.run_id IS NULL AND first.job_status IN (${owned}) AND first.job_run_id IS NOT NULL
               LIMIT $1
                 FOR UPDATE OF locked SKIP LOCKED) AS aimed
       WHERE signal.id = aimed.id AND signal.status = 'waiting' AND signal.run_id IS NULL`,

    /**
     * $1 how many at most, $2 jobs to leave alone. Locks the next signals that are aimed at a run, or whose jobs have ended or are gone;
     * of each job one, which keeps others from those behind it.
     */
    lock: `
      SELECT signal.id::text AS id, signal.request_id::text AS request_id, signal.job_id, signal.name, signal.run_id,
             ARRAY(SELECT argument.value::text
                     FROM jsonb_array_elements(signal.args) WITH ORDINALITY AS argument (value, place)
                    ORDER BY argument.place) AS args
        FROM (${first}) AS first
        JOIN switchyard.signals AS signal ON signal.id = first.id
       WHERE signal.status = 'waiting'
         AND (signal.run_id IS NOT NULL OR first.job_status IS NULL OR first.job_status IN (${ended}))
       LIMIT $1
         FOR UPDATE OF signal SKIP LOCKED`,

    /** $1 ids. The jobs that signals are for. State "held": queued, and other states that may still come to run. */
    jobs: `
      SELECT job.${c.id}::text AS id, job.${c.runId}::text AS run_id, ${workflowId} AS workflow_id,
             CASE WHEN job.${c.status} IN (${owned}) THEN 'owned'
                  WHEN job.${c.status} IN (${ended}) THEN 'ended' ELSE 'held' END AS state
        FROM ${table} AS job
       WHERE job.${c.id} = ANY ($1::${queue.idType}[])`,

    /** $1 ids, $2 statuses, $3 the runs they are aimed at from now on, $4 why they failed. */
    settle: `
      UPDATE switchyard.signals AS signal
         SET status = settled.status, run_id = settled.run_id, error = settled.error,
             ended_at = CASE WHEN settled.status <> 'waiting' THEN clock_timestamp() END
        FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS settled (id, status, run_id, error)
       WHERE signal.id = settled.id AND signal.status = 'waiting'`,

    /** $1 jobs, $2 runs, $3 why a signal of theirs failed. */
    noteFailed: `
      SELECT switchyard.note_failed_signal(${name}, failed.job_id, failed.run_id, failed.why)
        FROM unnest($1::text[], $2::text[], $3::text[]) AS failed (job_id, run_id, why)`,

    /** $1 jobs that have just been started. Wakes whoever delivers signals, where some wait for one of them. */
    ring: `
      SELECT switchyard.ring_for_signal(${name})
       WHERE EXISTS (SELECT FROM switchyard.signals
                      WHERE queue = ${name} AND status = 'waiting' AND job_id = ANY ($1::text[]))`,
  };
}

/** The id that a text names; NULL, and no error, for one that names none. */
const idFrom: Record<QueueDefinition['idType'], (text: string) => string> = {
  uuid: (text) => `CASE WHEN ${text} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN ${text}::uuid END`,
  integer: wholeNumber,
  bigint: wholeNumber,
  text: (text) => text,
};

function wholeNumber(text: string): string {
  return `CASE WHEN ${text} ~ '^-?[0-9]{1,18}$' THEN ${text}::bigint
                          WHEN ${text} ~ '^-?[0-9]{19}$' THEN
                            CASE WHEN ${text}::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
                                 THEN ${text}::bigint END END`;
}
