import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { answerLater, answerXml } from '../support/gateway.ts';
import { insertJob, until } from '../support/jobs.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';
import { namespace } from '../support/temporal.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pipeline: Pipeline;
beforeEach(async () => {
  database = await createTestDatabase();
  pipeline = await createPipeline({ databaseUrl: database.url });
});
afterEach(async () => {
  await pipeline.close();
  await database.drop();
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
