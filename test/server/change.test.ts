import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { workflowSources } from '../../server/workflow-sources.ts';
import type { JobOutcome, JobRun } from '../../src/queues/job.ts';
import { startWorkflow } from '../../src/starter/start-workflow.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { historyFromJson } from '../support/histories.ts';
import { testQueue } from '../support/jobs.ts';
import { startPlainWorker } from '../support/plain-worker.ts';
import { connectTemporal } from '../support/temporal.ts';

const queue = testQueue({ taskQueue: `change-${randomUUID()}` });
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
beforeAll(async () => {
  temporal = await connectTemporal();
});
afterAll(() => temporal.close());

const changed = (name: 'patched' | 'unpatched'): Promise<WorkflowBundleOption> =>
  bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL(`changed/${name}.ts`, import.meta.url)) });

async function start(): Promise<WorkflowHandle> {
  const id = randomUUID();
  await startWorkflow(temporal.client, queue, {
    id,
    run_id: null,
    priority: 0,
    label: null,
    request_id: null,
    share: null,
  });
  return temporal.client.workflow.getHandle(id);
}

/** Work that is tried again until the test lets it through, and the jobs whose upload was checked first. */
class Work {
  readonly checked: string[] = [];
  readonly tried = Promise.withResolvers<void>();
  waits = true;

  readonly activities = {
    convertInvoice: async (_: JobRun): Promise<JobOutcome> => {
      this.tried.resolve();
      if (this.waits) throw ApplicationFailure.retryable('not yet');
      return { status: 'complete' };
    },
    checkUpload: async (jobId: string): Promise<void> => void this.checked.push(jobId),
  };
}

function runWorker(bundle: WorkflowBundleOption, work: Work): Promise<() => Promise<void>> {
  return startPlainWorker({
    connection: temporal.connection,
    taskQueue: queue.taskQueue,
    workflowBundle: bundle,
    activities: work.activities,
  });
}

test('a job that waits across a patched change goes on as it began, and a new one takes the new step', async () => {
  const work = new Work();
  const stopReleased = await runWorker({ codePath: await workflowBundle(undefined, workflowSources) }, work);
  const before = await start();
  await work.tried.promise;
  await stopReleased();

  const stopPatched = await runWorker(await changed('patched'), work);
  work.waits = false;
  const after = await start();
  expect(await before.result()).toEqual({ status: 'complete' });
  expect(await after.result()).toEqual({ status: 'complete' });
  expect(work.checked).toEqual([after.workflowId]);
  await stopPatched();
});

test('the same change without a patch is found out by the recorded histories', async () => {
  const recorded: unknown = JSON.parse(
    await readFile(new URL('../histories/complete.json', import.meta.url), 'utf8'),
  );
  const replay = async (bundle: Promise<WorkflowBundleOption>) =>
    Worker.runReplayHistory(
      { workflowBundle: await bundle },
      historyFromJson(recorded as { events: Record<string, unknown>[] }),
    );
  await replay(changed('patched'));
  await expect(replay(changed('unpatched'))).rejects.toThrow(DeterminismViolationError);
});
