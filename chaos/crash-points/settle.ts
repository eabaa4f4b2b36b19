import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { sleep } from '../../src/platform/shutdown.ts';
import { readJob, type TestRow } from '../../test/support/jobs.ts';
import type { Site } from './site.ts';

/** How long a job may take to settle. A crash costs it a heartbeat or a workflow task timeout, 10 s each. */
const settleWithinMs = 90_000;
const lookEveryMs = 50;
const ended = ['complete', 'failed', 'canceled'];

/** The last run of the job's workflow; `undefined`: it was never started. */
export async function lastRun(
  client: Client,
  jobId: string,
): Promise<{ runId: string; status: string } | undefined> {
  return client.workflow
    .getHandle(jobId)
    .describe()
    .then(
      ({ runId, status }) => ({ runId, status: status.name }),
      async (error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return undefined;
        // A dev server under a load of 25 forgets its namespace for a moment.
        if (!(error instanceof NamespaceNotFoundError)) throw error;
        await sleep(1_000, AbortSignal.timeout(1_000));
        return lastRun(client, jobId);
      },
    );
}

/**
 * Waits until the row has ended and no run of its workflow is open. Answers what is wrong when that will never be: a
 * row in flight without the run that it names, which nothing here would ever end.
 */
export async function untilSettled(site: Site, signal: AbortSignal): Promise<string | undefined> {
  const began = performance.now();
  while (!signal.aborted) {
    const row = await readJob(site.pool, site.jobId);
    const run = await lastRun(site.world.client, site.jobId);
    const open = run?.status === 'RUNNING';
    if (ended.includes(row.status) && !open) return undefined;
    if (row.status === 'processing' && !(open && run.runId === row.run_id) && (await stays(site, row))) {
      return `the row is in flight under run ${row.run_id}, and Temporal has ${run ? `${run.runId} ${run.status}` : 'no run'}`;
    }
    if (performance.now() - began > settleWithinMs) {
      return `nothing settled: the row is ${row.status} under run ${row.run_id}, and Temporal has ${run?.runId} ${run?.status}`;
    }
    await sleep(lookEveryMs, signal);
  }
  return undefined;
}

/** The row was read before its workflow: only if it still says the same it says so without one. */
async function stays(site: Site, before: TestRow): Promise<boolean> {
  const now = await readJob(site.pool, site.jobId);
  return now.status === before.status && now.run_id === before.run_id;
}
