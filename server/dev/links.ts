import type { Pool } from 'pg-switchyard';
import type { StackAddresses } from './data-dir.ts';

/** Temporal's namespace of `npm start`. */
const namespace = 'default';

/** Where the page shows a queue, or one of its jobs. */
const pageOfQueue = (page: string, queue: string): string => `${page}/queues/${encodeURIComponent(queue)}`;
export const pageOfJob = (page: string, queue: string, id: string): string =>
  `${pageOfQueue(page, queue)}/jobs/${encodeURIComponent(id)}`;

/** The list of workflows in Temporal's Web UI that a query finds. */
const workflowsBy = (webUi: string, query: string): string =>
  `${webUi}/namespaces/${namespace}/workflows?query=${encodeURIComponent(query)}`;

/** Links to open, as lines: the page, the jobs of the queues there and in Temporal's Web UI, and one job. */
export async function linksTo(
  { api, temporalUi }: StackAddresses,
  queues: readonly string[],
  pool: Pick<Pool, 'query'>,
): Promise<string[]> {
  const lines: [string, string][] = [['The page', `${api}/`]];
  for (const queue of queues) {
    lines.push([`Jobs of ${queue}`, pageOfQueue(api, queue)]);
    if (temporalUi !== null)
      lines.push(['  as workflows', workflowsBy(temporalUi, `SwitchyardQueue = "${queue}"`)]);
  }
  const job = await jobToShow(pool, queues);
  if (job !== undefined) lines.push([`A job ${job.words}`, pageOfJob(api, job.queue, job.id)]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, url]) => `  ${name.padEnd(width)}  ${url}`);
}

/** The job that failed last, or else the last of all. */
async function jobToShow(pool: Pick<Pool, 'query'>, queues: readonly string[]) {
  const { rows } = await pool.query<{ queue: string; id: string; to_status: string }>(
    `SELECT queue, job_id AS id, to_status FROM switchyard.job_events
      WHERE queue = ANY ($1) ORDER BY (to_status = 'failed') DESC, id DESC LIMIT 1`,
    [queues],
  );
  const [job] = rows;
  return job && { ...job, words: job.to_status === 'failed' ? 'that failed' : 'to look at' };
}
