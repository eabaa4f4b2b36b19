import type { Pool } from '../platform/database.ts';
import { subjectOf } from '../platform/database-errors.ts';
import { jobOf } from '../sql/one-job.ts';
import { readJobId } from './job-id.ts';
import { jobSummaryOf, type SummaryRow, summaryColumns } from './job-summary.ts';
import { jobTable } from './job-table.ts';
import { Refusal } from './refusal.ts';
import { listRegisteredQueues, type RegisteredQueue } from './registered-queue.ts';
import type { JobSummary } from './views.ts';

/** The jobs of all queues that have this id, or whose workflow has it: `QUEUE:ID`. */
export async function findJobs(pool: Pool, id: string): Promise<JobSummary[]> {
  const queues = await listRegisteredQueues(pool);
  const found = await Promise.all(
    queues.flatMap((queue) => idsIn(queue, id).map((each) => jobWith(pool, queue, each))),
  );
  return found.flat();
}

function idsIn({ name }: RegisteredQueue, id: string): string[] {
  return id.startsWith(`${name}:`) ? [id, id.slice(name.length + 1)] : [id];
}

async function jobWith(pool: Pool, queue: RegisteredQueue, id: string): Promise<JobSummary[]> {
  const jobs = jobTable(queue);
  if (!jobs.has('id', 'status')) return [];
  const statement = jobOf(jobs.table, summaryColumns(jobs), jobs.column('id', 'text'), jobs.typeOf('id'));
  try {
    const { rows } = await pool.query<SummaryRow>(statement, [readJobId(queue, id)]);
    return rows.map((row) => jobSummaryOf(queue.name, row));
  } catch (error) {
    // An id that this queue's jobs cannot have.
    if (error instanceof Refusal || subjectOf(error) === 'row') return [];
    throw error;
  }
}
