import type { Payload } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataConverterOf } from '../../../src/platform/payload-encryption.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { connectTemporal, namespace } from '../../support/temporal.ts';
import { openWatch, type RunningJob, startJob } from '../../support/watched/watching.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

const { CommandType } = proto.temporal.api.enums.v1;

let yard: WatchedYard;
let queue: QueueDefinition;
let encrypted: Awaited<ReturnType<typeof connectTemporal>>;
const converter = dataConverterOf([{ id: 'k', key: Buffer.alloc(32, 1) }]);
beforeAll(async () => {
  yard = await openWatchedYard();
  queue = await yard.createQueue('results', 'anything');
  encrypted = await connectTemporal(undefined, converter);
});
afterAll(async () => {
  await encrypted.close();
  await yard.close();
});

type Command = temporal.api.command.v1.ICommand;

/** Ends the workflow of a job as a worker of any language may, and settles the job. */
async function endBy(command: Command, client = yard.client): Promise<Record<string, unknown>> {
  const job: RunningJob = await startJob(yard, queue, {});
  const { taskToken } = await yard.client.withDeadline(Date.now() + 20_000, () =>
    yard.client.workflowService.pollWorkflowTaskQueue({
      namespace,
      taskQueue: { name: queue.taskQueue },
      identity: 'test',
    }),
  );
  await yard.client.workflowService.respondWorkflowTaskCompleted({
    namespace,
    taskToken,
    commands: [command],
    identity: 'test',
  });
  const { watch, close } = openWatch({ ...yard, client }, queue);
  while (await watch.sweepOnce());
  await close();
  return yard.readJob(queue, job.id);
}

const complete = (...payloads: Payload[]): Command => ({
  commandType: CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
  completeWorkflowExecutionCommandAttributes: { result: { payloads } },
});
const fail = (failure: temporal.api.failure.v1.IFailure): Command => ({
  commandType: CommandType.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
  failWorkflowExecutionCommandAttributes: { failure },
});
const payload = (encoding: string, data: string | Uint8Array, messageType?: string): Payload => ({
  metadata: {
    encoding: Buffer.from(encoding),
    ...(messageType !== undefined && { messageType: Buffer.from(messageType) }),
  },
  data: Buffer.from(data),
});

test.each([
  ['JSON', [payload('json/plain', '{"a": [1, "ä"]}')], { a: [1, 'ä'] }, null],
  [
    'the JSON of a proto message',
    [payload('json/protobuf', '{"orderId":"7"}', 'shop.Order')],
    { orderId: '7' },
    null,
  ],
  ['nothing', [], null, null],
  ['null of Go and Python', [payload('binary/null', '')], null, null],
  ['null of TypeScript', [payload('json/plain', 'null')], null, null],
  ['the first of several values', [payload('json/plain', '1'), payload('json/plain', '2')], 1, null],
  ['2 MB', [payload('json/plain', JSON.stringify('x'.repeat(1_990_000)))], 'x'.repeat(1_990_000), null],
  [
    'a proto message',
    [payload('binary/protobuf', 'abc', 'shop.Order')],
    null,
    'binary/protobuf shop.Order, 3 bytes',
  ],
  ['bytes', [payload('binary/plain', 'abcd')], null, 'binary/plain, 4 bytes'],
  ['a payload of another codec', [payload('binary/encrypted', 'abcd')], null, 'binary/encrypted, 4 bytes'],
  ['NaN', [payload('json/plain', 'NaN')], null, 'json/plain, 3 bytes that is no JSON'],
  [
    'JSON with NUL',
    [payload('json/plain', '"\\u0000"')],
    null,
    expect.stringMatching(/^JSON of 8 bytes .*22P05/),
  ],
  ['half of a letter', [payload('json/plain', '"\\ud800"')], null, expect.stringMatching(/^JSON of 8 bytes/)],
  [
    'no UTF-8',
    [payload('json/plain', Buffer.from([34, 255, 34]))],
    null,
    'json/plain, 3 bytes that is no JSON',
  ],
  [
    'a number beyond all',
    [payload('json/plain', '1e999999')],
    null,
    expect.stringMatching(/^JSON of 8 bytes/),
  ],
  [
    'deep JSON',
    [payload('json/plain', '['.repeat(20_000) + ']'.repeat(20_000))],
    null,
    expect.stringMatching(/^JSON of 40000 bytes/),
  ],
])('a job whose workflow returns %s is complete', async (_, payloads, result, note) => {
  const job = await endBy(complete(...payloads));
  expect(job).toMatchObject({ status: 'complete', result, result_note: note });
});

test('keeps null of TypeScript as that of SQL', async () => {
  const { id } = await endBy(complete(payload('json/plain', 'null')));
  const { rows } = await yard.pool.query(`SELECT result IS NULL AS none FROM ${queue.table} WHERE id = $1`, [
    id,
  ]);
  expect(rows).toEqual([{ none: true }]);
});

test('keeps large numbers as they are', async () => {
  const { id } = await endBy(complete(payload('json/plain', '[12345678901234567890, 0.10]')));
  const { rows } = await yard.pool.query(`SELECT result::text FROM ${queue.table} WHERE id = $1`, [id]);
  expect(rows).toEqual([{ result: '[12345678901234567890, 0.10]' }]);
});

test('decodes an encrypted result and an encrypted failure, and tells of those that it cannot', async () => {
  const [codec] = converter.payloadCodecs ?? [];
  const encode = async (plain: Payload) => (await codec?.encode([plain]))?.[0] as Payload;
  const result = await encode(payload('json/plain', '{"secret":1}'));
  expect(await endBy(complete(result), encrypted.client)).toMatchObject({
    result: { secret: 1 },
    result_note: null,
  });
  const attributes = await encode(payload('json/plain', '{"message":"no money","stack_trace":""}'));
  const failure = {
    message: 'Encoded failure',
    encodedAttributes: attributes,
    applicationFailureInfo: { type: 'Declined' },
  };
  expect(await endBy(fail(failure), encrypted.client)).toMatchObject({
    error_code: 'Declined',
    error_message: 'no money',
  });

  const others = await connectTemporal(
    undefined,
    dataConverterOf([{ id: 'other', key: Buffer.alloc(32, 2) }]),
  );
  expect(await endBy(complete(result), others.client)).toMatchObject({
    status: 'complete',
    result: null,
    result_note: expect.stringContaining('cannot be decoded'),
  });
  expect(await endBy(fail(failure), others.client)).toMatchObject({
    error_code: 'Declined',
    error_message: 'Encoded failure',
  });
  await others.close();
});

const application = { message: 'no money', applicationFailureInfo: { type: 'Declined' } };
test.each<[string, temporal.api.failure.v1.IFailure, string, string]>([
  ['its own failure', application, 'Declined', 'no money'],
  [
    'that of its activity',
    { message: 'Activity task failed', activityFailureInfo: {}, cause: application },
    'Declined',
    'no money',
  ],
  [
    "that of its child's activity",
    {
      message: 'Child failed',
      childWorkflowExecutionFailureInfo: {},
      cause: { message: 'Activity task failed', activityFailureInfo: {}, cause: application },
    },
    'Declined',
    'no money',
  ],
  [
    'that of a Nexus operation',
    { nexusOperationExecutionFailureInfo: {}, cause: application },
    'Declined',
    'no money',
  ],
  [
    'what it made of that of its activity',
    { message: 'unpaid', applicationFailureInfo: { type: 'Unpaid' }, cause: application },
    'Unpaid',
    'unpaid',
  ],
  [
    'a timeout of its activity',
    { activityFailureInfo: {}, cause: { message: 'too slow', timeoutFailureInfo: {} } },
    'TIMED_OUT',
    'too slow',
  ],
  ['a failure without a type', { message: 'oh', applicationFailureInfo: {} }, 'UNKNOWN', 'oh'],
  ['a text that no row takes', { message: 'a\0b', applicationFailureInfo: { type: '\0' } }, 'UNKNOWN', 'ab'],
])('a job whose workflow fails with %s has its type and its words', async (_, failure, code, message) => {
  expect(await endBy(fail(failure))).toMatchObject({
    status: 'failed',
    error_code: code,
    error_message: message,
  });
});
