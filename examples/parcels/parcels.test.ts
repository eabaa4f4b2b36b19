import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { workflowIdOf } from 'pg-switchyard';
import {
  claimOnce,
  createScratchDatabase,
  type ScratchDatabase,
  untilEnded,
  withWorker,
} from 'pg-switchyard/testing';
import { createApplication, parcelsQueue } from './application.ts';
import { collected } from './workflows.ts';

const serverUrl = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const application = createApplication({
  databaseUrl: serverUrl,
  taskQueue: `test-${randomUUID()}`,
  logLevel: 'silent',
});
const queue = parcelsQueue(application.settings);

let env: TestWorkflowEnvironment;
let database: ScratchDatabase;
before(async () => {
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  env = await TestWorkflowEnvironment.createFromExistingServer({ address });
  database = await createScratchDatabase({ serverUrl, pipelines: application.pipelines });
});
after(async () => {
  await database?.drop();
  await env?.teardown();
});

const own = () => ({ pool: database.pool, client: env.client });
const ended = (id: string) => untilEnded({ ...own(), queue, id });
const running = <T>(work: () => Promise<T>) =>
  withWorker({ ...own(), application, connection: env.nativeConnection }, work);

async function send(fields: { address?: string | null; collectWithinSeconds?: number } = {}) {
  const { address = 'Amsterdam', collectWithinSeconds = 3_600 } = fields;
  const { rows } = await database.pool.query<{ id: string }>(
    `INSERT INTO post.parcels (receiver, contents, address, collect_within_seconds)
     VALUES ('Ada', 'a book', $1, $2) RETURNING id`,
    [address, collectWithinSeconds],
  );
  return rows[0]?.id ?? '';
}

test('a parcel that is collected is complete, with its weight and its code', () =>
  running(async () => {
    const id = await send();
    assert.equal((await claimOnce({ ...own(), queue })).started, 1);
    await env.client.workflow.getHandle(workflowIdOf(queue, id)).signal(collected, 'Bob');
    const { status, stage, grams, tracking_code: code, collected_by: by } = await ended(id);
    assert.deepEqual(
      { status, stage, grams, code, by },
      { status: 'complete', stage: 'at the shop', grams: 160, code: `P-${id.slice(0, 8)}-160`, by: 'Bob' },
    );
  }));

test('a parcel that nobody collects in time fails', () =>
  running(async () => {
    const { status, error_code: code } = await ended(await send({ collectWithinSeconds: 1 }));
    assert.deepEqual({ status, code }, { status: 'failed', code: 'NOT_COLLECTED' });
  }));

test('a parcel without an address fails, with the code of the step', () =>
  running(async () => {
    const { status, error_code: code } = await ended(await send({ address: null }));
    assert.deepEqual({ status, code }, { status: 'failed', code: 'NO_ADDRESS' });
  }));

test('a parcel that is canceled while it waits is canceled', () =>
  running(async () => {
    const id = await send();
    await claimOnce({ ...own(), queue });
    await database.pool.query('UPDATE post.parcels SET cancel_requested_at = now() WHERE id = $1', [id]);
    const { status } = await ended(id);
    assert.equal(status, 'canceled');
  }));
