import type { Client } from '@temporalio/client';
import type { Pool } from '../platform/database.ts';
import type { Tracing } from '../platform/tracing.ts';
import { type QueueDefinition, workflowIdOf } from '../queues/definition.ts';
import type { ClaimedJob, StartAnswer } from './claimed-job.ts';
import { startJob } from './start-job.ts';

/** $1 queue, $2 id. */
const traceOf = 'SELECT headers FROM switchyard.job_traces WHERE queue = $1 AND job_id = $2';

interface TracedStart {
  client: Client;
  pool: Pool;
  /** Left out: no trace is made. */
  tracing?: Tracing | undefined;
  /** Where the page is, for a link to the job; left out: there is none. */
  publicUrl?: string | undefined;
}

/** Starts the workflow of a claimed job in a span of the trace that its row was inserted in; without one it begins a trace. */
export async function startTraced(
  { client, pool, tracing, publicUrl }: TracedStart,
  queue: QueueDefinition,
  job: ClaimedJob,
): Promise<StartAnswer> {
  if (tracing === undefined) return startJob(client, queue, job, publicUrl);
  const headers = job.watched === undefined ? await headersOf(pool, queue.name, job.id) : job.watched.headers;
  const attributes = {
    'switchyard.queue': queue.name,
    'switchyard.job': job.id,
    temporalWorkflowId: workflowIdOf(queue, job.id),
  };
  const traced = job.watched === undefined ? job : { ...job, watched: { ...job.watched, headers: null } };
  return tracing.inSpan(`claim ${queue.name}`, { headers, attributes }, () =>
    startJob(client, queue, traced, publicUrl),
  );
}

async function headersOf(pool: Pool, queue: string, id: string): Promise<unknown> {
  return (await pool.query<{ headers: unknown }>(traceOf, [queue, id])).rows[0]?.headers;
}
