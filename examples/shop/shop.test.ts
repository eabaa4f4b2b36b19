import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { drizzle } from 'drizzle-orm/node-postgres';
import { queueStatement } from 'pg-switchyard';
import { claimOnce, createScratchDatabase, type ScratchDatabase, untilEnded } from 'pg-switchyard/testing';
import * as activities from './activities.ts';
import { fulfillment as queue } from './queues.ts';
import { createShop } from './shop.ts';

const serverUrl = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const path = process.env['TEMPORAL_TEST_SERVER']; // left out: Temporal's SDK downloads it

let env: TestWorkflowEnvironment;
let database: ScratchDatabase;
let shop: ReturnType<typeof createShop>;
let worker: Worker;
let running: Promise<void>;

before(async () => {
  const server = path === undefined ? {} : { executable: { type: 'existing-path', path } as const };
  env = await TestWorkflowEnvironment.createTimeSkipping({ server });
  database = await createScratchDatabase({ serverUrl });
  await database.pool.query(await readFile('schema.sql', 'utf8'));
  await database.pool.query(queueStatement(queue));
  shop = createShop(drizzle(database.pool));
  const workflowsPath = new URL('workflows.ts', import.meta.url).pathname;
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'shop',
    workflowsPath,
    activities,
  });
  running = worker.run();
});
after(async () => {
  worker?.shutdown();
  await running;
  await database?.drop();
  await env?.teardown();
});

const own = () => ({ pool: database.pool, client: env.client, queue });

async function paid({ item = 'a lamp', cents = 1999, card = 'visa' } = {}): Promise<number> {
  const { id } = (await shop.order(item, cents)) ?? { id: 0 };
  await shop.pay(id, card);
  return id;
}

/** How the order looks when its workflow has ended. */
async function ended(id: number) {
  await untilEnded({ ...own(), id });
  const { jobStatus, jobError, parcel, approvedBy } = await shop.look(id);
  return { jobStatus, jobError, parcel, approvedBy };
}
const failed = (jobError: string) => ({
  jobStatus: 'failed',
  jobError,
  parcel: undefined,
  approvedBy: undefined,
});
const shipped = (id: number, approvedBy?: string) => ({
  jobStatus: 'complete',
  jobError: null,
  parcel: `parcel-${id}`,
  approvedBy,
});

test('an order that is paid is shipped', async () => {
  const id = await paid();
  assert.deepEqual(await ended(id), shipped(id));
});

test('an order is paid once', async () => {
  const id = await paid();
  await assert.rejects(shop.pay(id, 'another'), /has been paid already/);
  assert.deepEqual(await ended(id), shipped(id));
});

test('a card that the bank refuses fails the order, with the code of the activity', async () => {
  assert.deepEqual(await ended(await paid({ card: 'stolen' })), failed('CARD_DECLINED'));
});

test('a large order that somebody approves is shipped', async () => {
  const id = await paid({ cents: 250_000 });
  await shop.approve(id, 'Ann');
  assert.deepEqual(await ended(id), shipped(id, 'Ann'));
});

test('a large order that nobody approves in a week is given up', async () => {
  const id = await paid({ cents: 250_000 });
  await claimOnce(own());
  await assert.rejects(env.client.workflow.getHandle(`fulfillment:${id}`).result()); // skips the week
  assert.deepEqual(await ended(id), failed('NOT_APPROVED'));
});

test('an approval that cannot be sent leaves no entry in the journal', async () => {
  const { id } = (await shop.order('a lamp', 250_000)) ?? { id: 0 };
  await assert.rejects(shop.approve(id, 'Ann')); // it is not paid
  const { rows } = await database.pool.query('SELECT entry FROM journal WHERE order_id = $1', [id]);
  assert.deepEqual(rows, []);
});
