import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { answerLater, answerXml } from '../support/gateway.ts';
import { eachTestHasOffice, type Office } from '../support/letters/office.ts';
import { insertLetter } from '../support/letters/rows.ts';
import { namespace } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let office: Office;
eachTestHasOffice((opened) => {
  office = opened;
});

const deploymentName = `switchyard-${randomUUID()}`;

/** Starts a worker of a version and makes that the current one, as a deployment does. */
async function deploy(buildId: string): Promise<void> {
  await office.startWorker({ workerDeployment: deploymentName, workerBuildId: buildId });
  await until(() =>
    office.client.workflowService
      .setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId, identity: 'test' })
      .then(
        () => true,
        () => false, // not known to Temporal before its first poll
      ),
  );
}

async function versionOf(jobId: string): Promise<string | null | undefined> {
  const { raw } = await office.workflow(jobId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
}

test('a job stays with the version of the workers it began on; the next one begins on the current version', async () => {
  const held = answerLater(answerXml('<receipt/>'));
  office.carrier.answer = held.answer;
  await deploy('v1');
  const before = await insertLetter(office.pool);
  await office.starter().runOnce();
  await held.called;
  await deploy('v2');
  const after = await insertLetter(office.pool);
  await office.starter().runOnce();
  held.release();
  await office.untilStatus(before, 'complete');
  await office.untilStatus(after, 'complete');
  expect(await versionOf(before)).toBe('v1');
  expect(await versionOf(after)).toBe('v2');
});
