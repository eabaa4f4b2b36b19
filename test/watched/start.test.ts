import { randomBytes, randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import { dataConverterOf } from '../../src/platform/payload-encryption.ts';
import { ensureSearchAttributes } from '../../src/platform/search-attributes.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { searchAttributeNames } from '../../src/queues/search-attributes.ts';
import { Starter } from '../../src/starter/starter.ts';
import { recordingLogger } from '../support/logger.ts';
import { losingPool } from '../support/parcels/losing-pool.ts';
import { resetToFirstTask } from '../support/reset.ts';
import { connectTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { openWatchedYard, type WatchedYard } from '../support/watched/yard.ts';

let yard: WatchedYard;
let queue: QueueDefinition;
let queues = 0;
beforeAll(async () => {
  yard = await openWatchedYard();
  await ensureSearchAttributes(yard.client, searchAttributeNames);
  await yard.runWorker();
});
afterAll(() => yard.close());
beforeEach(async () => {
  queue = await newQueue('echo');
});
afterEach(() => void vi.useRealTimers());

const newQueue = (workflow: string, fields = {}) => yard.createQueue(`orders${queues++}`, workflow, fields);

function starterOf({
  of = queue,
  client = yard.client,
  pool = yard.pool,
}: {
  of?: QueueDefinition;
  client?: Client;
  pool?: Pool;
} = {}) {
  const { log, lines } = recordingLogger();
  return { starter: new Starter({ pool, client, queue: of, workerId: 'starter-1', log }), lines };
}

const claim = (options: Parameters<typeof starterOf>[0] = {}) => starterOf(options).starter.runOnce();

/** A claim whose COMMIT never comes: its starter is killed before. */
async function killedClaim(of = queue, client = yard.client): Promise<void> {
  const { pool } = losingPool(yard.databaseUrl, /SKIP LOCKED/, 'before');
  await expect(claim({ of, client, pool })).rejects.toThrow('ECONNRESET');
  await pool.end();
}

/** The runs of a workflow id, as Temporal's search has them once it has as many. */
const runsOf = (workflowId: string, atLeast: number) =>
  until(async () => {
    const runs = await Array.fromAsync(yard.client.workflow.list({ query: `WorkflowId = "${workflowId}"` }));
    return runs.length >= atLeast ? runs : undefined;
  });

/** Temporal's search has caught up by then. */
const later = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 });

const startEventOf = async (workflowId: string) => {
  const { events } = await yard.client.workflow.getHandle(workflowId).fetchHistory();
  return events?.[0];
};

const startEvent = async (workflowId: string) =>
  (await startEventOf(workflowId))?.workflowExecutionStartedEventAttributes;

const eventsOf = async (id: string) => {
  const { rows } = await yard.pool.query(
    `SELECT code, detail FROM switchyard.job_events WHERE job_id = $1 AND code IS NOT NULL ORDER BY id`,
    [id],
  );
  return rows;
};

const setRow = (id: string, fields: string, of = queue) =>
  yard.pool.query(`UPDATE ${of.table} SET ${fields} WHERE id = $1`, [id]);

/** An application starts a workflow with the id of the job itself. */
const startForeign = (workflowId: string, workflow: string, memo = {}) =>
  yard.client.workflow.start(workflow, {
    workflowId,
    taskQueue: yard.taskQueue,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    memo,
    args: [],
  });

describe('the workflow of a waiting row', () => {
  test('is started with its input, and the row names its first run', async () => {
    const id = await yard.insertJob(queue, { input: { to: 'a' } });
    expect(await claim()).toMatchObject({ started: 1, failed: 0 });
    expect(await yard.workflow(queue, id).result()).toEqual({ to: 'a' });
    const { runId, memo } = await yard.workflow(queue, id).describe();
    const marked = { status: 'processing', attempt: 1, run_id: runId, deadline: null };
    expect(await yard.readJob(queue, id)).toMatchObject(marked);
    expect(memo).toMatchObject({
      switchyardJob: `${queue.name}/${id}/1`,
      switchyardDatabase: queue.database,
    });
  });

  test('is given the JSON exactly as the row has it', async () => {
    const id = await yard.insertJob(queue, {});
    await setRow(id, `input = '{"n": 12345678901234567890.10, "b": "ü"}'`);
    await claim();
    const payloads = (await startEvent(`${queue.name}:${id}`))?.input?.payloads;
    expect(payloads?.map(({ data }) => String(data))).toEqual(['{"b": "ü", "n": 12345678901234567890.10}']);
  });

  test('is given no argument where there is no input, and one where it is null', async () => {
    const none = await yard.insertJob(queue, {});
    await setRow(none, 'input = NULL');
    const nothing = await yard.insertJob(queue, { input: null });
    await claim();
    expect(await yard.workflow(queue, none).result()).toEqual([]);
    expect(await yard.workflow(queue, nothing).result()).toBeNull();
  });

  test('is given as many arguments as the input has, where the queue says so', async () => {
    const of = await newQueue('echo', { input_is_args: true });
    const id = await yard.insertJob(of, { input: [1, { a: [2] }, null] });
    const none = await yard.insertJob(of, { input: [] });
    await claim({ of });
    expect(await yard.workflow(of, id).result()).toEqual([1, { a: [2] }, null]);
    expect(await yard.workflow(of, none).result()).toEqual([]);
  });

  test('has the timeouts of its queue, and none by default', async () => {
    const of = await newQueue('echo', { execution_timeout: '1 hour', run_timeout: '1 minute' });
    const id = await yard.insertJob(of, {});
    const without = await yard.insertJob(queue, {});
    await claim({ of });
    await claim();
    const seconds = async (workflowId: string) => {
      const started = await startEvent(workflowId);
      return [started?.workflowExecutionTimeout?.seconds, started?.workflowRunTimeout?.seconds].map(Number);
    };
    expect(await seconds(`${of.name}:${id}`)).toEqual([3_600, 60]);
    expect(await seconds(`${queue.name}:${without}`)).toEqual([Number.NaN, Number.NaN]);
    const { deadline } = await yard.readJob(of, id);
    expect((deadline as Date).getTime()).toBeGreaterThan(Date.now() + 3_500_000);
  });

  test('belongs to the trace of the row', async () => {
    const id = await yard.insertJob(queue, {});
    const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'x=y' };
    await setRow(id, `headers = '${JSON.stringify(headers)}'`);
    await claim();
    const header = (await startEvent(`${queue.name}:${id}`))?.header?.fields?.['_tracer-data'];
    expect(String(header?.metadata?.['encoding'])).toBe('json/plain');
    expect(JSON.parse(String(header?.data))).toEqual(headers);
  });

  test('has its priority and its key as the fairness key', async () => {
    const id = await yard.insertJob(queue, {});
    await setRow(id, `priority = -3, key = 'acme'`);
    await claim();
    const { priority } = await yard.workflow(queue, id).describe();
    expect(priority).toMatchObject({ priorityKey: 2, fairnessKey: 'acme' });
  });

  test('says in the Web UI which row it runs for, and links to the page', async () => {
    const id = await yard.insertJob(queue, {});
    await setRow(id, "key = 'a`cme'");
    const { log } = recordingLogger();
    const publicUrl = 'https://jobs.example.org/yard';
    await new Starter({ ...yard, queue, workerId: 'starter-1', publicUrl, log }).runOnce();
    const { staticDetails } = await yard.workflow(queue, id).describe();
    expect(await staticDetails()).toBe(
      [
        `- Queue: \`${queue.name}\``,
        `- Table: \`${queue.table}\``,
        `- Row: \`${id}\``,
        "- Key: `a'cme`",
        '',
        `[Open the job](${publicUrl}/queues/${queue.name}/jobs/${id})`,
      ].join('\n'),
    );
  });

  test('says nothing of its row in the open where payloads are encrypted', async () => {
    const keys = [{ id: 'one', key: randomBytes(32) }];
    const { client, close } = await connectTemporal(undefined, dataConverterOf(keys));
    const id = await yard.insertJob(queue, { input: 'secret-input' });
    await setRow(id, `key = 'secret-key'`);
    await claim({ client });
    const { userMetadata } = (await startEventOf(`${queue.name}:${id}`)) ?? {};
    expect(String(userMetadata?.summary?.metadata?.['encoding'])).toBe('binary/encrypted');
    expect(String(userMetadata?.details?.metadata?.['encoding'])).toBe('binary/encrypted');
    expect(JSON.stringify(await startEventOf(`${queue.name}:${id}`))).not.toMatch(/secret|Queue:/);
    const { staticDetails } = await client.workflow.getHandle(`${queue.name}:${id}`).describe();
    expect(await staticDetails()).toContain('- Key: `secret-key`');
    await close();
  });

  test('has the search attributes of the row; one that Temporal refuses holds up no other', async () => {
    const bad = await yard.insertJob(queue, {});
    await setRow(bad, `search_attributes = '{"NoSuchAttribute": "x"}'`);
    const odd = await yard.insertJob(queue, {});
    await setRow(odd, `search_attributes = '["x"]'`);
    const good = await yard.insertJob(queue, {});
    await setRow(good, `search_attributes = '{"SwitchyardErrorCode": "X1", "SwitchyardQueue": "no"}'`);
    expect(await claim()).toMatchObject({ started: 1, refused: 2, unanswered: 0 });
    const { searchAttributes } = await yard.workflow(queue, good).describe();
    expect(searchAttributes).toMatchObject({ SwitchyardErrorCode: ['X1'], SwitchyardQueue: [queue.name] });
    expect(await eventsOf(bad)).toMatchObject([
      {
        code: 'START_REFUSED',
        detail: expect.stringMatching(/^Temporal refused its start: .*search attribute/),
      },
    ]);
    expect(await eventsOf(odd)).toMatchObject([{ code: 'START_REFUSED' }]);
  });
});

describe('after a starter was killed between the start and COMMIT, the next claim finds the workflow', () => {
  test('while it runs', async () => {
    const of = await newQueue('waitForApproval');
    const id = await yard.insertJob(of, {});
    await killedClaim(of);
    expect(await yard.readJob(of, id)).toMatchObject({ status: 'queued', attempt: 0, run_id: null });
    const { runId } = await yard.workflow(of, id).describe();
    expect(await claim({ of })).toMatchObject({ started: 1 });
    expect(await yard.readJob(of, id)).toMatchObject({ status: 'processing', attempt: 1, run_id: runId });
  });

  test('when it has ended', async () => {
    const id = await yard.insertJob(queue, { input: 1 });
    await killedClaim();
    await yard.workflow(queue, id).result();
    const { runId } = await yard.workflow(queue, id).describe();
    expect(await claim()).toMatchObject({ started: 1 });
    expect(await yard.readJob(queue, id)).toMatchObject({ attempt: 1, run_id: runId });
    expect((await yard.workflow(queue, id).describe()).runId).toBe(runId);
  });

  test('when it has continued as new three times and ended', async () => {
    const of = await newQueue('continueTimes');
    const id = await yard.insertJob(of, { input: { left: 3 } });
    await killedClaim(of);
    expect(await yard.workflow(of, id).result()).toBe(3);
    const { runId, raw } = await yard.workflow(of, id).describe();
    expect(await claim({ of })).toMatchObject({ started: 1 });
    const { run_id: named } = await yard.readJob(of, id);
    expect(named).toBe(raw.workflowExecutionInfo?.firstRunId);
    expect((await yard.workflow(of, id).describe()).runId).toBe(runId);
  });

  test('when the answer of the start was lost', async () => {
    const id = await yard.insertJob(queue, { input: 1 });
    const losing: Client = Object.create(yard.client, {
      workflow: {
        value: Object.create(yard.client.workflow, {
          start: {
            value: async (...args: Parameters<Client['workflow']['start']>) => {
              await yard.client.workflow.start(...args);
              throw Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: 'lost', metadata: {} });
            },
          },
        }),
      },
    });
    expect(await claim({ client: losing })).toMatchObject({ started: 0, unanswered: 1 });
    await yard.workflow(queue, id).result();
    expect(await claim()).toMatchObject({ started: 1 });
    expect(await runsOf(`${queue.name}:${id}`, 1)).toHaveLength(1);
  });

  test.each(['plain', `it's odd %_ü/ {id} \` -- ;`])(
    'when another workflow has had its id since, %s, and has ended',
    async (name) => {
      const workflowId = `${name}-${randomUUID()}`;
      const id = await yard.insertJob(queue, { workflowId, input: 1 });
      await killedClaim();
      const own = yard.client.workflow.getHandle(workflowId);
      await own.result();
      const { runId } = await own.describe();
      const foreign = await startForeign(workflowId, 'waitForApproval');
      expect(await claim()).toMatchObject({ started: 0, refused: 1 });
      expect(await eventsOf(id)).toMatchObject([{ code: 'ID_TAKEN' }]);
      await foreign.terminate();
      await runsOf(workflowId, 2);
      expect(await claim()).toMatchObject({ started: 0, refused: 0, closing: 1 });
      later();
      expect(await claim()).toMatchObject({ started: 1 });
      expect(await yard.readJob(queue, id)).toMatchObject({ attempt: 1, run_id: runId });
      expect((await own.describe()).runId).toBe(foreign.firstExecutionRunId);
    },
  );

  test('when the run of an earlier attempt was reset since, and has ended', async () => {
    const of = await newQueue('waitForApproval');
    const id = await yard.insertJob(of, {});
    await claim({ of });
    const workflow = yard.workflow(of, id);
    await until(async () => ((await workflow.describe()).historyLength >= 4 ? true : undefined));
    const { run_id: first } = await yard.readJob(of, id);
    await workflow.terminate();
    await setRow(id, `status = 'failed', error_code = 'TERMINATED'`, of);
    await setRow(id, `status = 'queued'`, of);
    await killedClaim(of);
    const { runId: second } = await workflow.describe();
    await workflow.terminate();
    const { events } = await yard.client.workflow
      .getHandle(`${of.name}:${id}`, first as string)
      .fetchHistory();
    const firstTask = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
    await yard.client.workflowService.resetWorkflowExecution({
      namespace: yard.client.options.namespace,
      workflowExecution: { workflowId: `${of.name}:${id}`, runId: first as string },
      reason: 'test',
      requestId: randomUUID(),
      workflowTaskFinishEventId: firstTask?.eventId ?? null,
    });
    await workflow.terminate();
    await runsOf(`${of.name}:${id}`, 3);
    later();
    expect(await claim({ of })).toMatchObject({ started: 1 });
    expect(await yard.readJob(of, id)).toMatchObject({ attempt: 2, run_id: second });
  });

  test('when it was reset since: the row names the first run of its chain', async () => {
    const of = await newQueue('waitForApproval');
    const id = await yard.insertJob(of, {});
    await killedClaim(of);
    const { runId: first } = await yard.workflow(of, id).describe();
    await until(async () => ((await yard.workflow(of, id).describe()).historyLength >= 4 ? true : undefined));
    const reset = await resetToFirstTask(yard.client, `${of.name}:${id}`);
    expect(reset).not.toBe(first);
    await claim({ of });
    expect(await yard.readJob(of, id)).toMatchObject({ attempt: 1, run_id: first });
  });
});

describe('a workflow id that another workflow has', () => {
  test('is left alone while that is open: the row waits, says why, and holds up no other', async () => {
    const workflowId = `order-${randomUUID()}`;
    const foreign = await startForeign(workflowId, 'waitForApproval');
    const taken = await yard.insertJob(queue, { workflowId });
    await yard.insertJob(queue, {});
    const { starter } = starterOf();
    expect(await starter.runOnce()).toMatchObject({ started: 1, refused: 1, unanswered: 0 });
    expect(await starter.runOnce()).toMatchObject({ started: 0, refused: 0 });
    expect(await claim()).toMatchObject({ refused: 1 });
    expect(await yard.readJob(queue, taken)).toMatchObject({ status: 'queued', attempt: 0, run_id: null });
    const words =
      `the workflow id ${workflowId} is taken by an open workflow that Switchyard did not start for this job; ` +
      'the job stays queued: let that end, terminate it, or give the queue another workflow_id';
    expect(await eventsOf(taken)).toEqual(Array(2).fill({ code: 'ID_TAKEN', detail: words }));
    expect((await foreign.describe()).status.name).toBe('RUNNING');
  });

  test('counts the refusals of all starters, whatever their code, so that the row is passed over for longer', async () => {
    const workflowId = `order-${randomUUID()}`;
    await startForeign(workflowId, 'waitForApproval');
    const id = await yard.insertJob(queue, { workflowId });
    const passedOver = [];
    for (let n = 0; n < 3; n++) {
      const { starter, lines } = starterOf();
      await starter.runOnce();
      passedOver.push(
        lines.find(({ jobId, passedOverMs }) => jobId === id && passedOverMs)?.['passedOverMs'],
      );
    }
    expect(passedOver).toEqual([1_000, 2_000, 4_000]);
  });

  test('is used again when that has ended a while ago', async () => {
    const workflowId = `order-${randomUUID()}`;
    const foreign = await startForeign(workflowId, 'echo');
    await foreign.result();
    const id = await yard.insertJob(queue, { workflowId, input: 'ours' });
    expect(await claim()).toMatchObject({ started: 0, closing: 1, refused: 0 });
    later();
    expect(await claim()).toMatchObject({ started: 1 });
    expect(await yard.client.workflow.getHandle(workflowId).result()).toBe('ours');
    expect((await yard.readJob(queue, id)).run_id).not.toBe(foreign.firstExecutionRunId);
  });

  test.each(['a "b" c', 'a \\ c', "it's'", 'a\nb'])(
    'is not used again when Temporal cannot be asked what was there before: %j',
    async (name) => {
      const workflowId = `${randomUUID()}${name}`;
      await (await startForeign(workflowId, 'echo')).result();
      const id = await yard.insertJob(queue, { workflowId });
      later();
      expect(await claim()).toMatchObject({ started: 0, refused: 1 });
      expect(await eventsOf(id)).toMatchObject([
        { code: 'ID_TAKEN', detail: expect.stringContaining("Temporal's search cannot be asked for") },
      ]);
    },
  );

  test('says so where it is that of a copy of the database', async () => {
    const id = await yard.insertJob(queue, {});
    await startForeign(`${queue.name}:${id}`, 'waitForApproval', {
      switchyardJob: `${queue.name}/${id}/1`,
      switchyardDatabase: randomUUID(),
    });
    expect(await claim()).toMatchObject({ started: 0, refused: 1 });
    expect(await eventsOf(id)).toMatchObject([
      { code: 'ID_TAKEN', detail: expect.stringMatching(/another database .*TEMPORAL_NAMESPACE/) },
    ]);
  });
});

describe('a job that is run again', () => {
  test('gets a new run of the same workflow id at once', async () => {
    const id = await yard.insertJob(queue, { input: 1 });
    await claim();
    await yard.workflow(queue, id).result();
    const { run_id: first } = await yard.readJob(queue, id);
    await setRow(id, `status = 'complete'`);
    await setRow(id, `status = 'queued'`);
    expect(await claim()).toMatchObject({ started: 1 });
    const { runId, memo } = await yard.workflow(queue, id).describe();
    expect(runId).not.toBe(first);
    expect(memo).toMatchObject({ switchyardJob: `${queue.name}/${id}/2` });
    expect(await yard.readJob(queue, id)).toMatchObject({ attempt: 2, run_id: runId });
  });

  test('waits while its earlier workflow is open', async () => {
    const of = await newQueue('waitForApproval');
    const id = await yard.insertJob(of, {});
    await claim({ of });
    await setRow(id, `status = 'queued'`, of);
    expect(await claim({ of })).toMatchObject({ started: 0, refused: 1 });
    expect(await eventsOf(id)).toMatchObject([
      { code: 'ID_TAKEN', detail: expect.stringContaining('an earlier attempt of this job') },
    ]);
    await yard.workflow(of, id).terminate();
    expect(await claim({ of })).toMatchObject({ started: 1 });
    expect(await yard.readJob(of, id)).toMatchObject({ attempt: 2 });
  });

  test('in an older state of the database runs again once a later attempt is long over', async () => {
    const id = await yard.insertJob(queue, { input: 1 });
    for (const _ of [1, 2]) {
      await claim();
      await yard.workflow(queue, id).result();
      await setRow(id, `status = 'complete'`);
      await setRow(id, `status = 'queued'`);
    }
    await setRow(id, 'attempt = 0, run_id = NULL');
    const { runId: second } = await yard.workflow(queue, id).describe();
    await runsOf(`${queue.name}:${id}`, 2);
    expect(await claim()).toMatchObject({ started: 0, closing: 1 });
    expect((await yard.workflow(queue, id).describe()).runId).toBe(second);
    later();
    expect(await claim()).toMatchObject({ started: 1 });
    const { run_id: found } = await yard.readJob(queue, id);
    const { memo } = await yard.client.workflow.getHandle(`${queue.name}:${id}`, found as string).describe();
    expect(memo).toMatchObject({ switchyardJob: `${queue.name}/${id}/1` });
  });

  test('as a new row with the id of one that was deleted is not given the end of that', async () => {
    const id = await yard.insertJob(queue, { input: 'first' });
    await claim();
    await yard.workflow(queue, id).result();
    await yard.pool.query(`DELETE FROM ${queue.table} WHERE id = $1`, [id]);
    await yard.insertJob(queue, { id, input: 'second' });
    expect(await claim()).toMatchObject({ started: 1 });
    expect(await yard.workflow(queue, id).result()).toBe('second');
  });
});

test('several starters at once start each job once', async () => {
  const ids = await Promise.all(Array.from({ length: 30 }, (_, n) => yard.insertJob(queue, { input: n })));
  const all = async () => {
    while ((await claim()).started > 0);
  };
  await Promise.all([all(), all(), all()]);
  for (const id of ids) {
    const { runId } = await yard.workflow(queue, id).describe();
    expect(await yard.readJob(queue, id)).toMatchObject({ status: 'processing', attempt: 1, run_id: runId });
  }
});

describe('with encrypted payloads', () => {
  const keyOf = (id: string) => dataConverterOf([{ id, key: randomBytes(32) }]);
  const ours = keyOf('a');
  let temporal: Awaited<ReturnType<typeof connectTemporal>>;
  beforeAll(async () => {
    temporal = await connectTemporal(undefined, ours);
  });
  afterAll(() => temporal.close());

  test('input and memo are encrypted, and the next claim finds the workflow by its memo', async () => {
    const of = await newQueue('notThere');
    const id = await yard.insertJob(of, { input: 'secret' });
    await killedClaim(of, temporal.client);
    const started = await startEvent(`${of.name}:${id}`);
    const payloads = [...(started?.input?.payloads ?? []), ...Object.values(started?.memo?.fields ?? {})];
    expect(payloads.map(({ metadata }) => String(metadata?.['encoding']))).toEqual(
      Array(4).fill('binary/encrypted'),
    );
    await temporal.client.workflow.getHandle(`${of.name}:${id}`).terminate();
    expect(await claim({ of, client: temporal.client })).toMatchObject({ started: 1 });
    expect((await yard.readJob(of, id)).run_id).toBe(started?.originalExecutionRunId);
  });

  test('a memo of another key is that of another workflow', async () => {
    const of = await newQueue('notThere');
    const id = await yard.insertJob(of, {});
    await killedClaim(of, temporal.client);
    expect(await claim({ of })).toMatchObject({ started: 0, refused: 1 });
    expect(await eventsOf(id)).toMatchObject([{ code: 'ID_TAKEN' }]);
  });
});
