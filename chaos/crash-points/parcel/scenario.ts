import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkflowNotFoundError } from '@temporalio/client';
import { runStarter } from '../../../src/starter/run.ts';
import { runWorker } from '../../../src/worker/run.ts';
import { createParcels, insertParcel, readParcel } from '../../../test/support/parcels/table.ts';
import type { CrashRole, Site } from '../scenario.ts';
import { eventProblems, type RoleContext, type Scenario, unless } from '../scenario.ts';
import { lastRun } from '../settle.ts';
import { parcelApplication, stepsLog } from './application.ts';

/** A job of three activities, a timer, a signal and a child workflow. Its processes are those of the command line. */
export const parcel: Scenario = {
  name: 'parcel',
  async prepare({ pool, env }) {
    await createParcels(pool, env['TASK_QUEUE'] ?? '');
    return insertParcel(pool);
  },
  workflowId: (jobId) => `parcels:${jobId}`,
  readRow: ({ pool, jobId }) => readParcel(pool, jobId),
  prompt: ({ world, jobId }) =>
    world.client.workflow
      .getHandle(`parcels:${jobId}`)
      .signal('pickedUp')
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return false;
          throw error;
        },
      ),
  command: (role) => ['src/cli/main.ts', 'start', role, '--app', 'chaos/crash-points/parcel/application.ts'],
  run: runRole,
  broken: async (site, deaths) => [
    ...(await rowProblems(site)),
    ...(await eventProblems(site)),
    ...(await stepProblems(site, deaths)),
  ],
  leftOvers: async () => [],
};

function runRole(role: CrashRole, env: Record<string, string>, context: RoleContext): Promise<void> {
  const application = parcelApplication(env);
  const { settings, pipelines } = application;
  const queues = pipelines.flatMap((pipeline) => pipeline.queues);
  if (role === 'starter') return runStarter({ ...context, settings }, queues);
  return runWorker({ ...context, settings }, { ...application, queues, served: queues });
}

async function rowProblems(site: Site): Promise<string[]> {
  const row = await readParcel(site.pool, site.jobId);
  const run = await lastRun(site);
  return [
    ...unless(row.status === 'complete', `the row ended ${row.status}: ${row['error_code']}`),
    ...unless(row.attempt === 1, `the row tells of ${row.attempt} attempts`),
    ...unless(row['stage'] === 'weighed', `the row says that the parcel is ${row['stage']}`),
    ...unless(row['grams'] === 300 && row['code'] === 'P-1', `the result is ${row['grams']}, ${row['code']}`),
    ...unless(run?.status === 'COMPLETED', `the last run is ${run?.status}`),
    ...unless(run?.runId === row.run_id, `the row names run ${row.run_id}, the last run is ${run?.runId}`),
  ];
}

const steps = ['weigh', 'printLabel', 'tell', 'handOver'];

/** In their order, and none more often than processes died. */
async function stepProblems(site: Site, deaths: number): Promise<string[]> {
  const did = (await readFile(join(site.folder, stepsLog), 'utf8')).trimEnd().split('\n');
  const order = [...new Set(did)];
  const most = Math.max(...steps.map((step) => did.filter((one) => one === step).length));
  return [
    ...unless(order.join() === steps.join(), `the steps were ${did.join(', ')}`),
    ...unless(most <= 1 + deaths, `a step was done ${most} times: ${did.join(', ')}`),
  ];
}
