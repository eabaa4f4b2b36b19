import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { answerLater, answerXml } from '../support/gateway.ts';
import { insertJob, until } from '../support/jobs.ts';
import { eachTestHasPipeline, type Pipeline } from '../support/pipeline.ts';
import { namespace } from '../support/temporal.ts';

let pipeline: Pipeline;
eachTestHasPipeline((opened) => {
  pipeline = opened;
});

const deploymentName = `switchyard-${randomUUID()}`;

/** Starts a worker of a version and makes that the current one, as a deployment does. */
async function deploy(buildId: string): Promise<void> {
  await pipeline.startWorker({ WORKER_DEPLOYMENT: deploymentName, WORKER_BUILD_ID: buildId });
  await until(() =>
    pipeline.client.workflowService
      .setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId, identity: 'test' })
      .then(
        () => true,
        () => false, // not known to Temporal before its first poll
      ),
  );
}

async function versionOf(jobId: string): Promise<string | null | undefined> {
  const { raw } = await pipeline.workflow(jobId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
}

test('a job stays with the version of the workers it began on; the next one begins on the current version', async () => {
  const held = answerLater(answerXml('<invoice/>'));
  pipeline.gateway.answer = held.answer;
  await deploy('v1');
  const before = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  await held.called;
  await deploy('v2');
  const after = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  held.release();
  await pipeline.untilStatus(before, 'complete');
  await pipeline.untilStatus(after, 'complete');
  expect(await versionOf(before)).toBe('v1');
  expect(await versionOf(after)).toBe('v2');
});
