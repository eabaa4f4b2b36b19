import type { DatabaseTime } from '../platform/database-types.ts';

/** The statements by which people look at one job. */

export interface WholeRow {
  /** The row, each value as JSON says it. */
  whole: Record<string, unknown>;
}

/** $1 the id. `columns` are those of `AS job` to answer beside the whole row. */
export const jobOf = (table: string, columns: string, id: string, idType: string): string => `
    SELECT ${columns},
           to_jsonb(job) AS whole
      FROM ${table} AS job
     WHERE ${id} = $1::text::${idType}`;

export interface LedgerRow {
  claimed_at: DatabaseTime | null;
}

/** $1 the queue, $2 the job, $3 its attempt: when that was claimed. */
export const ledgerOf = `
  SELECT min(at) AS claimed_at
    FROM switchyard.job_events
   WHERE queue = $1 AND job_id = $2 AND attempt = $3 AND to_status = 'processing'`;

/** $1 the queue, $2 the job, $3 the event behind which to begin, $4 how many. Oldest first. */
export const eventsOfJob = `
  SELECT id::text AS id, at, queue, job_id, attempt, from_status, to_status, run_id, actor, code, detail
    FROM switchyard.job_events
   WHERE queue = $1 AND job_id = $2 AND id > $3
   ORDER BY job_events.id
   LIMIT $4`;

/** $1 the queue, $2 the job, $3 the signal behind which to begin, $4 how many. Oldest first. */
export const signalsOfJob = `
  SELECT id::text AS id, name, args, created_at, status, error
    FROM switchyard.signals
   WHERE queue = $1 AND job_id = $2 AND id > $3
   ORDER BY signals.id
   LIMIT $4`;
