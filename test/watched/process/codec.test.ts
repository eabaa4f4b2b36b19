import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { type CodecServer, startCodecServer } from '../../support/codec-server.ts';
import { until } from '../../support/until.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';
import { runStock, type StockProcess } from './stock.ts';

const secret = 'a-secret-of-the-codec-server';

let yard: WatchedYard;
let queue: QueueDefinition;
let codec: CodecServer;
let starter: StockProcess;
beforeAll(async () => {
  [yard, codec] = await Promise.all([openWatchedYard(), startCodecServer()]);
  queue = await yard.createQueue('mail', 'echo');
  starter = runStock(['start', 'starter'], {
    DATABASE_URL: yard.databaseUrl,
    TASK_QUEUE: `switchyard-${randomUUID()}`,
    TEMPORAL_CODEC_ENDPOINT: codec.endpoint,
    TEMPORAL_CODEC_AUTH: `Bearer ${secret}`,
    LOG_LEVEL: 'trace',
  });
  await until(async () => starter.said('queue is served'));
}, 60_000);
afterEach(() => {
  codec.answer = undefined;
});
afterAll(async () => {
  starter.kill('SIGTERM');
  expect(await starter.ended).toBe(0);
  await codec.close();
  await yard.close();
});

/** How Temporal stores the input of the job's workflow. */
async function storedInput(id: string): Promise<string | undefined> {
  const { client } = yard;
  const { run_id } = await yard.readJob(queue, id);
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace: 'default',
    query: `RunId = '${run_id}'`,
  });
  const workflowId = executions[0]?.execution?.workflowId;
  if (workflowId == null) return undefined;
  const { events } = await client.workflow.getHandle(workflowId, String(run_id)).fetchHistory();
  const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return Buffer.from(input?.metadata?.['encoding'] ?? []).toString();
}

const untilStarted = (id: string) =>
  until(async () => (await yard.readJob(queue, id))['status'] === 'processing');

test('the codec server encodes what Temporal stores of a job', async () => {
  const id = await yard.insertJob(queue, { input: { card: '1234' } });
  await untilStarted(id);
  expect(await until(() => storedInput(id))).toBe('binary/encrypted');
  expect(codec.asked[0]).toMatchObject({
    path: '/encode',
    headers: { authorization: `Bearer ${secret}`, 'x-namespace': 'default' },
  });
});

test('while it is away jobs stay queued, which is told, and they are started once it is back', async () => {
  codec.answer = { status: 503, body: secret };
  const id = await yard.insertJob(queue, { input: { card: '1234' } });
  const told = await until(async () =>
    starter.said('the codec server is out of reach; the jobs stay queued', { queue: 'mail' }),
  );
  expect(told).toMatchObject({
    level: 40,
    err: { message: expect.stringMatching(/answered 503 to \/encode/) },
  });
  expect(await yard.readJob(queue, id)).toMatchObject({ status: 'queued', attempt: 0 });
  codec.answer = undefined;
  await untilStarted(id);
  const { rows } = await yard.pool.query('SELECT code FROM switchyard.job_events WHERE job_id = $1', [id]);
  expect(rows.map(({ code }) => code)).toEqual([null, null]);
});

test('its secret stands in no log', () => {
  expect(starter.lines.length).toBeGreaterThan(5);
  expect(JSON.stringify(starter.lines)).not.toContain(secret);
  expect(starter.errors()).toBe('');
});
