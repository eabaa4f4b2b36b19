import pg from 'pg';
import { type Pool, quoteColumn } from '../platform/database.ts';
import { sentenceOf } from '../platform/database-errors.ts';
import { type DatabaseTime, iso, isoOrNull } from '../platform/database-types.ts';
import { jobsStatements } from '../sql/status.ts';
import { jobTable } from './job-table.ts';
import type { RegisteredQueue } from './registered-queue.ts';

export interface JobCounts {
  queued: number;
  delayed: number;
  processing: number;
  parked: number;
  failed: number;
  canceled: number;
}

export interface FailedJob {
  id: string;
  code: string | null;
  message: string | null;
  failedAt: string | null;
}

/** What the job table says; `null`: it has no such columns, or could not be read. */
export interface JobsStatus {
  counts: JobCounts | null;
  oldestWaitingSeconds: number | null;
  /** How many jobs failed with each code, and when the last one did. */
  errors: { code: string | null; jobs: number; lastAt: string | null }[] | null;
  /** Why it could not be read. */
  problem: string | null;
}

const unread = { counts: null, oldestWaitingSeconds: null, errors: null };

export async function readJobs(pool: Pool, queue: RegisteredQueue): Promise<JobsStatus> {
  if (queue.attributes.length === 0) return { ...unread, problem: `there is no table ${queue.job_table}` };
  const { statements, has } = statementsOf(queue);
  try {
    const counts = await pool.query<JobCounts>(statements.count);
    const oldest =
      has('priority', 'createdAt') &&
      (await pool.query<{ seconds: number | null }>(statements.oldestWaiting));
    const errors =
      has('failedAt', 'errorCode') &&
      (await pool.query<{ code: string | null; jobs: number; last_at: DatabaseTime | null }>(
        statements.lastErrors,
      ));
    return {
      counts: counts.rows[0] ?? null,
      oldestWaitingSeconds: oldest ? (oldest.rows[0]?.seconds ?? null) : null,
      errors: errors
        ? errors.rows.map(({ code, jobs, last_at }) => ({ code, jobs, lastAt: isoOrNull(last_at) }))
        : null,
      problem: null,
    };
  } catch (error) {
    if (error instanceof pg.DatabaseError) return { ...unread, problem: sentenceOf(error) };
    throw error;
  }
}

/** The last ten; `null`: the table does not say when a job failed. */
export async function readFailedJobs(pool: Pool, queue: RegisteredQueue): Promise<FailedJob[] | null> {
  const { statements, has } = statementsOf(queue);
  if (!has('id', 'failedAt', 'errorCode', 'errorMessage')) return null;
  const { rows } = await pool.query<{
    id: string;
    code: string | null;
    message: string | null;
    failed_at: DatabaseTime | null;
  }>(statements.lastFailed);
  return rows.map(({ failed_at, ...job }) => ({
    ...job,
    failedAt: failed_at === null ? null : iso(failed_at),
  }));
}

/** The statements on its job table, and which columns that has. */
export function statementsOf(queue: RegisteredQueue) {
  const { columns, states, has } = jobTable(queue);
  /** The registry does not know what each table calls its times; that a row has one is asked for the index's sake alone. */
  const orStatus = (role: 'failedAt' | 'canceledAt' | 'startedAt') =>
    has(role) ? columns[role] : columns.status;
  const claimOrder = (['priority', 'createdAt'] as const).filter((role) => has(role));
  const statements = jobsStatements(
    {
      table: queue.job_table,
      columns: {
        ...columns,
        startedAt: orStatus('startedAt'),
        failedAt: orStatus('failedAt'),
        canceledAt: orStatus('canceledAt'),
      },
      states,
    },
    [...claimOrder, 'id' as const].map((role) => quoteColumn(columns[role])).join(', '),
  );
  return { statements, has };
}
