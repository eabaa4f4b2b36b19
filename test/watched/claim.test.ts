import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureSearchAttributes } from '../../src/platform/search-attributes.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { searchAttributeNames } from '../../src/queues/search-attributes.ts';
import { claimOne } from '../../src/starter/claim-one.ts';
import { Signals } from '../../src/starter/signals.ts';
import { Starter } from '../../src/starter/starter.ts';
import { recordingLogger, silentLogger } from '../support/logger.ts';
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
  queue = await newQueue('waitForApproval');
});

const newQueue = (workflow: string, fields = {}) => yard.createQueue(`orders${queues++}`, workflow, fields);

const partsOf = (of: QueueDefinition) => ({
  pool: yard.pool,
  client: yard.client,
  queue: of,
  workerId: 'starter-1',
});

function starterOf(of = queue) {
  const { log, lines } = recordingLogger();
  return { starter: new Starter({ ...partsOf(of), log }), lines };
}

const claim = (of = queue) => starterOf(of).starter.runOnce();

const setRow = (id: string, fields: string, of = queue) =>
  yard.pool.query(`UPDATE ${of.table} SET ${fields} WHERE id = $1`, [id]);

const isStarted = (of: QueueDefinition, id: string) =>
  yard
    .workflow(of, id)
    .describe()
    .then(
      () => true,
      () => false,
    );

async function statuses(of = queue): Promise<Record<string, number>> {
  const { rows } = await yard.pool.query(`SELECT status, count(*)::int AS jobs FROM ${of.table} GROUP BY 1`);
  return Object.fromEntries(rows.map(({ status, jobs }) => [status, jobs]));
}

describe('a job that can never be started fails at its claim, and holds up no other:', () => {
  test('one whose input could not be made', async () => {
    const bad = await yard.insertJob(queue, {});
    await setRow(bad, `input_problem = 'INPUT_NOT_JSON: the column total is NaN: which JSON cannot say'`);
    const good = await yard.insertJob(queue, {});
    const { starter, lines } = starterOf();
    expect(await starter.runOnce()).toMatchObject({ started: 1, failed: 1, refused: 0, unanswered: 0 });
    const words = 'the column total is NaN: which JSON cannot say';
    expect(await yard.readJob(queue, bad)).toMatchObject({
      status: 'failed',
      error_code: 'INPUT_NOT_JSON',
      error_message: words,
      attempt: 0,
      run_id: null,
      failed_at: expect.any(Date),
    });
    expect(await yard.readJob(queue, good)).toMatchObject({ status: 'processing' });
    expect(await isStarted(queue, bad)).toBe(false);
    const { rows } = await yard.pool.query(
      `SELECT from_status, to_status, code, detail FROM switchyard.job_events WHERE job_id = $1 ORDER BY id DESC LIMIT 1`,
      [bad],
    );
    const event = { from_status: 'queued', to_status: 'failed', code: 'INPUT_NOT_JSON', detail: words };
    expect(rows).toEqual([event]);
    expect(lines).toContainEqual(
      expect.objectContaining({ jobId: bad, code: 'INPUT_NOT_JSON', reason: words }),
    );
  });

  test('one whose problem has no code', async () => {
    const id = await yard.insertJob(queue, {});
    await setRow(id, `input_problem = 'division by zero'`);
    await claim();
    const failed = { status: 'failed', error_code: 'EXPRESSION_FAILED', error_message: 'division by zero' };
    expect(await yard.readJob(queue, id)).toMatchObject(failed);
  });

  test('one whose workflow id has more bytes than Temporal takes', async () => {
    const longest = `${'ü'.repeat(480)}${randomUUID()}${'x'.repeat(4)}`;
    expect(Buffer.byteLength(longest)).toBe(1_000);
    const fits = await yard.insertJob(queue, { workflowId: longest });
    const long = await yard.insertJob(queue, { workflowId: `${longest}x` });
    expect(await claim()).toMatchObject({ started: 1, failed: 1 });
    expect(await yard.readJob(queue, fits)).toMatchObject({ status: 'processing' });
    expect(await yard.readJob(queue, long)).toMatchObject({
      status: 'failed',
      error_code: 'WORKFLOW_ID_TOO_LONG',
      error_message: 'its workflow id has 1001 bytes; Temporal takes 1000',
    });
  });

  test('one whose input is larger than Temporal takes', async () => {
    const of = await newQueue('echo');
    const fits = await yard.insertJob(of, { input: 'x'.repeat(2_000_000) });
    const large = await Promise.all(
      [2_200_000, 5_000_000, 9_000_000].map((bytes) => yard.insertJob(of, { input: 'x'.repeat(bytes) })),
    );
    expect(await claim(of)).toMatchObject({ started: 1, failed: 3, unanswered: 0 });
    for (const id of large) {
      expect(await yard.readJob(of, id)).toMatchObject({
        status: 'failed',
        error_code: 'INPUT_TOO_LARGE',
        error_message: expect.stringMatching(/^its input, \d+ bytes of JSON, is larger than Temporal takes/),
      });
    }
    expect(await yard.workflow(of, fits).result()).toHaveLength(2_000_000);
  });

  test('one whose input is to be the arguments, and is no array', async () => {
    const of = await newQueue('echo', { input_is_args: true });
    const bad = await Promise.all([{ a: 1 }, null, 'x'].map((input) => yard.insertJob(of, { input })));
    expect(await claim(of)).toMatchObject({ started: 0, failed: 3 });
    for (const id of bad)
      expect(await yard.readJob(of, id)).toMatchObject({ status: 'failed', error_code: 'EXPRESSION_FAILED' });
  });

  test('one whose turn it is when one job alone is claimed', async () => {
    const bad = await yard.insertJob(queue, {});
    await setRow(bad, `input_problem = 'EXPRESSION_FAILED: no', priority = -1`);
    const good = await yard.insertJob(queue, {});
    const signal = new AbortController().signal;
    expect(await claimOne({ ...partsOf(queue), log: silentLogger, signal })).toEqual({ id: good });
    expect(await yard.readJob(queue, bad)).toMatchObject({ status: 'failed' });
  });

  test('but stays queued where a trigger of the table refuses that, and says why', async () => {
    const bad = await yard.insertJob(queue, {});
    await setRow(bad, `input_problem = 'EXPRESSION_FAILED: no'`);
    const good = await yard.insertJob(queue, {});
    await yard.pool.query(`ALTER TABLE ${queue.table} ADD CONSTRAINT never_fails CHECK (status <> 'failed')`);
    expect(await claim()).toMatchObject({ started: 1, failed: 0, refused: 1 });
    expect(await yard.readJob(queue, bad)).toMatchObject({ status: 'queued' });
    expect(await yard.readJob(queue, good)).toMatchObject({ status: 'processing' });
  });

  test('and can be started once its row is mended', async () => {
    const id = await yard.insertJob(queue, {});
    await setRow(id, `input_problem = 'EXPRESSION_FAILED: no'`);
    await claim();
    await setRow(id, `input_problem = NULL, status = 'queued'`);
    expect(await claim()).toMatchObject({ started: 1 });
    expect(await yard.readJob(queue, id)).toMatchObject({
      status: 'processing',
      attempt: 1,
      error_code: null,
    });
  });
});

describe('a watched queue keeps', () => {
  test('its limit in flight, over several starters', async () => {
    const of = await newQueue('waitForApproval', { max_in_flight: 3 });
    for (let n = 0; n < 8; n++) await yard.insertJob(of, {});
    await Promise.all([claim(of), claim(of), claim(of)]);
    expect(await claim(of)).toMatchObject({ started: 0, heldBy: 'full' });
    expect(await statuses(of)).toEqual({ processing: 3, queued: 5 });
  });

  test('the limit of each key, and turns of keys', async () => {
    const of = await newQueue('waitForApproval', { max_per_key: 2 });
    for (const key of ['a', 'a', 'a', 'a', 'b']) {
      const id = await yard.insertJob(of, {});
      await setRow(id, `key = '${key}'`, of);
    }
    await claim(of);
    const { rows } = await yard.pool.query(
      `SELECT key, count(*)::int AS jobs FROM ${of.table} WHERE status = 'processing' GROUP BY 1 ORDER BY 1`,
    );
    expect(rows).toEqual([
      { key: 'a', jobs: 2 },
      { key: 'b', jobs: 1 },
    ]);
    expect(await claim(of)).toMatchObject({ started: 0, heldBy: 'keys' });
  });

  test('a pause, and delays', async () => {
    const delayed = await yard.insertJob(queue, {});
    await setRow(delayed, `run_at = now() + interval '1 hour'`);
    await yard.insertJob(queue, {});
    await yard.pool.query(`SELECT switchyard.pause_queue($1, 'test')`, [queue.name]);
    expect(await claim()).toMatchObject({ started: 0, heldBy: 'paused' });
    await yard.pool.query(`SELECT switchyard.resume('queue', $1, NULL, NULL)`, [queue.name]);
    expect(await claim()).toMatchObject({ started: 1 });
    expect(await yard.readJob(queue, delayed)).toMatchObject({ status: 'queued' });
  });
});

describe('a watched job that is canceled', () => {
  const cancel = async (of: QueueDefinition, id: string) => {
    await setRow(id, 'cancel_requested_at = now()', of);
    await new Signals({ ...partsOf(of), log: silentLogger }).runOnce();
  };

  test('is canceled by the workflow id of its row', async () => {
    const workflowId = `order-${randomUUID()}`;
    const id = await yard.insertJob(queue, { workflowId });
    await claim();
    await cancel(queue, id);
    await expect(yard.client.workflow.getHandle(workflowId).result()).rejects.toThrow();
    expect((await yard.client.workflow.getHandle(workflowId).describe()).status.name).toBe('CANCELLED');
  });

  test('is canceled at the newest run of its chain', async () => {
    const of = await newQueue('hearOneInEachRun');
    const id = await yard.insertJob(of, { input: { count: 5 } });
    await claim(of);
    const { run_id: first } = await yard.readJob(of, id);
    const workflow = yard.workflow(of, id);
    await workflow.signal('approve', 1);
    await until(async () => (await workflow.describe()).runId !== first);
    await cancel(of, id);
    await expect(workflow.result()).rejects.toThrow();
  });

  test('leaves a workflow alone that came to have its id', async () => {
    const id = await yard.insertJob(queue, {});
    await claim();
    await yard.workflow(queue, id).terminate();
    const workflowId = `${queue.name}:${id}`;
    const { taskQueue } = yard;
    await yard.client.workflow.start('waitForApproval', { workflowId, taskQueue, args: [] });
    await cancel(queue, id);
    const { raw } = await yard.workflow(queue, id).describe();
    expect(raw.workflowExtendedInfo?.cancelRequested).toBeFalsy();
  });
});
