import type { Pool } from '../platform/database.ts';
import { type DatabaseTime, iso } from '../platform/database-types.ts';
import { eventsOfJob, signalsOfJob } from '../sql/one-job.ts';
import { readJobId } from './job-id.ts';
import { requireQueue } from './registered-queue.ts';
import type { JobEvent, SignalView } from './views.ts';

export interface EventRow {
  id: string;
  at: DatabaseTime;
  queue: string;
  job_id: string;
  attempt: number;
  from_status: string | null;
  to_status: string;
  run_id: string | null;
  actor: string;
  code: string | null;
  detail: string | null;
}

interface SignalRow {
  id: string;
  name: string;
  args: unknown;
  created_at: DatabaseTime;
  status: 'waiting' | 'delivered' | 'failed';
  error: string | null;
}

/** From behind which entry, and how many. */
interface Part {
  after: string | undefined;
  limit: number;
}

/**
 * What happened to a job, oldest first. Events outlive their job: one that is gone, or never was, has those that are left.
 * @throws {Refusal} NO_SUCH_QUEUE, BAD_JOB_ID
 */
export async function readEvents(
  pool: Pool,
  queueName: string,
  id: string,
  { after, limit }: Part,
): Promise<JobEvent[]> {
  const queue = await requireQueue(pool, queueName);
  const values = [queue.name, readJobId(queue, id), after ?? '0', limit];
  return (await pool.query<EventRow>(eventsOfJob, values)).rows.map(eventOf);
}

/**
 * What was sent to the workflow of a job, oldest first.
 * @throws {Refusal} NO_SUCH_QUEUE, BAD_JOB_ID
 */
export async function readSignals(
  pool: Pool,
  queueName: string,
  id: string,
  { after, limit }: Part,
): Promise<SignalView[]> {
  const queue = await requireQueue(pool, queueName);
  const values = [queue.name, readJobId(queue, id), after ?? '0', limit];
  return (await pool.query<SignalRow>(signalsOfJob, values)).rows.map((row) => ({
    id: row.id,
    name: row.name,
    args: row.args,
    createdAt: iso(row.created_at),
    status: row.status === 'delivered' ? 'sent' : row.status,
    error: row.error,
  }));
}

export const eventOf = (row: EventRow): JobEvent => ({
  id: row.id,
  at: iso(row.at),
  queue: row.queue,
  jobId: row.job_id,
  attempt: row.attempt,
  from: row.from_status,
  to: row.to_status,
  runId: row.run_id,
  actor: row.actor,
  code: row.code,
  detail: row.detail,
});
