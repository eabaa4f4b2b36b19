import { randomBytes } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PayloadKey } from '../../src/platform/settings.ts';
import { answerLater, answerXml, drain } from '../support/gateway.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { type Office, openOffice } from '../support/letters/office.ts';
import { insertLetter } from '../support/letters/rows.ts';
import { namespace } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const newKey = (id: string): PayloadKey => ({ id, key: randomBytes(32) });
const [first, second] = [newKey('first'), newKey('second')];
const secrets = {
  title: 'secret-name',
  request_id: 'secret-request',
  customer: 'secret-customer',
};
const detail = 'secret-detail';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let office: Office;
beforeEach(async () => {
  database = await createLettersDatabase();
});
afterEach(async () => {
  await office.close();
  await database.drop();
});

async function open(...payloadKeys: PayloadKey[]) {
  office = await openOffice({ databaseUrl: database.url, payloadKeys });
}

/** One job that completes, and one that fails with words of the carrier's. */
async function runTwoJobs(): Promise<{ complete: string; failed: string }> {
  await office.startWorker();
  const complete = await insertLetter(office.pool, secrets);
  await office.starter().runOnce();
  await office.untilStatus(complete, 'complete');
  office.carrier.answer = async (request, response) => {
    await drain(request);
    response.writeHead(400, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ detail }));
  };
  const failed = await insertLetter(office.pool, secrets);
  await office.starter().runOnce();
  await office.untilStatus(failed, 'failed');
  await office
    .workflow(failed)
    .result()
    .catch(() => undefined);
  await office.workflow(complete).result();
  return { complete, failed };
}

/** All that Temporal has of a workflow, byte for byte. */
async function storedOf(workflowId: string): Promise<string> {
  const execution = { workflowId };
  const history = await office.client.workflowService.getWorkflowExecutionHistory({ namespace, execution });
  const description = await office.client.workflowService.describeWorkflowExecution({
    namespace,
    execution,
  });
  const { GetWorkflowExecutionHistoryResponse, DescribeWorkflowExecutionResponse } =
    temporal.api.workflowservice.v1;
  return Buffer.concat([
    GetWorkflowExecutionHistoryResponse.encode(history).finish(),
    DescribeWorkflowExecutionResponse.encode(description).finish(),
  ]).toString('latin1');
}

test('without a key Temporal has the words of a job, or the next test would see nothing', async () => {
  await open();
  const { complete, failed } = await runTwoJobs();
  expect(await storedOf(complete)).toMatch(secrets.title);
  expect(await storedOf(complete)).toMatch(secrets.request_id);
  expect(await storedOf(complete)).toMatch(secrets.customer);
  expect(await storedOf(failed)).toMatch(detail);
});

test('with a key Temporal has no word of a job: no input, result, title or message of an error', async () => {
  await open(first);
  const { complete, failed } = await runTwoJobs();
  for (const id of [complete, failed]) {
    const stored = await storedOf(id);
    expect(stored).toMatch('binary/encrypted');
    expect(stored).not.toMatch(/secret|superseded|"jobId"|leased/);
  }
  expect(await storedOf(complete)).not.toMatch('"status"');
  expect(await office.workflow(complete).result()).toMatchObject({ status: 'complete' });
  expect(await office.untilStatus(failed, 'failed')).toMatchObject({
    error_code: 'CARRIER_REFUSED',
    error_message: expect.stringContaining(detail),
  });
  await expect(office.workflow(failed).result()).rejects.toMatchObject({
    cause: { type: 'CARRIER_REFUSED', details: [expect.stringContaining(detail)] },
  });
});

test('a job goes on across a change of the key', async () => {
  await open(first);
  const old = await office.startWorker();
  const held = answerLater(answerXml('<late/>'));
  office.carrier.answer = held.answer;
  const id = await insertLetter(office.pool, secrets);
  await office.starter().runOnce();
  await held.called;
  await office.startWorker({ temporalPayloadKeys: [second, first] });
  const stopped = old.stop();
  held.release();
  await stopped;
  await office.untilStatus(id, 'complete');
  await until(async () => (await office.workflow(id).describe()).status.name === 'COMPLETED');
});

test('a worker with the wrong key harms nothing, and one with the right key goes on', async () => {
  await open(first);
  const wrong = await office.startWorker({ temporalPayloadKeys: [second] });
  const id = await insertLetter(office.pool);
  await office.starter().runOnce();
  await until(async () => {
    const { events } = await office.workflow(id).fetchHistory();
    return events?.some((event) => event.workflowTaskFailedEventAttributes != null);
  });
  await wrong.stop();
  await office.startWorker();
  expect(await office.untilStatus(id, 'complete')).toMatchObject({ attempt: 1 });
});
