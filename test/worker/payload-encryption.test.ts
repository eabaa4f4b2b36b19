import { randomBytes } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { answerLater, answerXml, drain } from '../support/gateway.ts';
import { insertJob, until } from '../support/jobs.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';
import { namespace } from '../support/temporal.ts';

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [first, second] = [newKey('first'), newKey('second')];
const secrets = {
  original_name: 'secret-name.pdf',
  request_id: 'secret-request',
  customer: 'secret-customer',
};
const detail = 'secret-detail';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pipeline: Pipeline;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await pipeline.close();
  await database.drop();
});

async function open(payloadKeys?: string) {
  pipeline = await createPipeline({
    databaseUrl: database.url,
    ...(payloadKeys !== undefined && { payloadKeys }),
  });
}

/** One job that completes, and one that fails with words of the gateway's. */
async function runTwoJobs(): Promise<{ complete: string; failed: string }> {
  await pipeline.startWorker();
  const complete = await insertJob(pipeline.pool, secrets);
  await pipeline.starter().runOnce();
  await pipeline.untilStatus(complete, 'complete');
  pipeline.gateway.answer = async (request, response) => {
    await drain(request);
    response.writeHead(400, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ detail }));
  };
  const failed = await insertJob(pipeline.pool, secrets);
  await pipeline.starter().runOnce();
  await pipeline.untilStatus(failed, 'failed');
  await pipeline
    .workflow(failed)
    .result()
    .catch(() => undefined);
  await pipeline.workflow(complete).result();
  return { complete, failed };
}

/** All that Temporal has of a workflow, byte for byte. */
async function storedOf(workflowId: string): Promise<string> {
  const execution = { workflowId };
  const history = await pipeline.client.workflowService.getWorkflowExecutionHistory({ namespace, execution });
  const description = await pipeline.client.workflowService.describeWorkflowExecution({
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
  expect(await storedOf(complete)).toMatch(secrets.original_name);
  expect(await storedOf(complete)).toMatch(secrets.request_id);
  expect(await storedOf(complete)).toMatch(secrets.customer);
  expect(await storedOf(failed)).toMatch(detail);
});

test('with a key Temporal has no word of a job: no input, result, file name or message of an error', async () => {
  await open(first);
  const { complete, failed } = await runTwoJobs();
  for (const id of [complete, failed]) {
    const stored = await storedOf(id);
    expect(stored).toMatch('binary/encrypted');
    expect(stored).not.toMatch(/secret|superseded|"jobId"|leased/);
  }
  expect(await storedOf(complete)).not.toMatch('"status"');
  expect(await pipeline.workflow(complete).result()).toEqual({ status: 'complete' });
  expect(await pipeline.untilStatus(failed, 'failed')).toMatchObject({
    error_code: 'GW_4XX',
    error_message: expect.stringContaining(detail),
  });
  await expect(pipeline.workflow(failed).result()).rejects.toMatchObject({
    cause: { type: 'GW_4XX', details: [expect.stringContaining(detail)] },
  });
});

test('a job goes on across a change of the key', async () => {
  await open(first);
  const old = await pipeline.startWorker();
  const held = answerLater(answerXml('<late/>'));
  pipeline.gateway.answer = held.answer;
  const id = await insertJob(pipeline.pool, secrets);
  await pipeline.starter().runOnce();
  await held.called;
  await pipeline.startWorker({ TEMPORAL_PAYLOAD_KEYS: `${second},${first}` });
  const stopped = old.stop();
  held.release();
  await stopped;
  await pipeline.untilStatus(id, 'complete');
  await until(async () => (await pipeline.workflow(id).describe()).status.name === 'COMPLETED');
});

test('a worker with the wrong key harms nothing, and one with the right key goes on', async () => {
  await open(first);
  const wrong = await pipeline.startWorker({ TEMPORAL_PAYLOAD_KEYS: second });
  const id = await insertJob(pipeline.pool);
  await pipeline.starter().runOnce();
  await until(async () => {
    const { events } = await pipeline.workflow(id).fetchHistory();
    return events?.some((event) => event.workflowTaskFailedEventAttributes != null);
  });
  await wrong.stop();
  await pipeline.startWorker();
  expect(await pipeline.untilStatus(id, 'complete')).toMatchObject({ attempt: 1 });
});
