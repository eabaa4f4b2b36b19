import { WorkflowNotFoundError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { sleep } from '../../src/platform/shutdown.ts';
import type { SettlingRow, Site } from './scenario.ts';

/** How long a job may take to settle. A crash costs it a heartbeat or a workflow task timeout, 10 s each. */
const settleWithinMs = 90_000;
const lookEveryMs = 50;
const ended = ['complete', 'failed', 'canceled'];

/** The last run of the job's workflow; `undefined`: it was never started. */
export async function lastRun(
  site: Pick<Site, 'world' | 'scenario' | 'jobId'>,
): Promise<{ runId: string; status: string } | undefined> {
  return site.world.client.workflow
    .getHandle(site.scenario.workflowId(site.jobId))
    .describe()
    .then(
      ({ runId, status }) => ({ runId, status: status.name }),
      async (error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return undefined;
        // A dev server under a load of 25 forgets its namespace for a moment.
        if (!(error instanceof NamespaceNotFoundError)) throw error;
        await sleep(1_000, AbortSignal.timeout(1_000));
        return lastRun(site);
      },
    );
}

/**
 * Waits until the row has ended and no run of its workflow is open. Answers what is wrong when that will never be: a
 * row in flight without the run that it names, which nothing here would ever end.
 */
export async function untilSettled(site: Site, signal: AbortSignal): Promise<string | undefined> {
  const began = performance.now();
  let prompted = site.scenario.prompt === undefined;
  while (!signal.aborted) {
    const row = await site.scenario.readRow(site);
    const run = await lastRun(site);
    const open = run?.status === 'RUNNING';
    if (open && !prompted) prompted = (await site.scenario.prompt?.(site)) === true;
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
async function stays(site: Site, before: SettlingRow): Promise<boolean> {
  const now = await site.scenario.readRow(site);
  return now.status === before.status && now.run_id === before.run_id;
}
