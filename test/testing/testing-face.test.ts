import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { asStep } from '../../src/activities/work/as-step.ts';
import { withDefaults } from '../../src/platform/default-settings.ts';
import { SetupError } from '../../src/platform/errors.ts';
import { type QueueDefinition, workflowIdOf } from '../../src/queues/definition.ts';
import type { JobRun } from '../../src/queues/job.ts';
import {
  claimOnce,
  createScratchDatabase,
  type ScratchDatabase,
  untilEnded,
  withWorker,
} from '../../src/testing/index.ts';
import type { QueueWork } from '../../src/worker/pipeline.ts';
import { onServer } from '../support/database.ts';
import { silentLogger } from '../support/logger.ts';
import type { ParcelActivities } from '../support/parcels/activities.ts';
import { createParcels, insertParcel, readParcel } from '../support/parcels/table.ts';
import { connectTemporal } from '../support/temporal.ts';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const workflows = {
  entry: path('test/support/parcels/workflows.ts'),
  sources: [path('src'), path('test/support/parcels'), path('package-lock.json')],
  cache: path('node_modules/.cache/switchyard'),
};
const steps: ParcelActivities = {
  weigh: async () => 300,
  printLabel: async () => 'P-1',
  handOver: async () => undefined,
  tell: async () => undefined,
};

const retry = { maxAttempts: 1, initialIntervalMs: 1, maxIntervalMs: 1 };

let database: ScratchDatabase;
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
let queue: QueueDefinition;
beforeEach(async () => {
  temporal = await connectTemporal();
  database = await createScratchDatabase({ serverUrl: inject('postgresUrl') });
  queue = await createParcels(database.pool, `test-${randomUUID()}`);
});
afterEach(async () => {
  await database.drop();
  await temporal.close();
});

const own = (workflowType = queue.workflowType) => ({
  pool: database.pool,
  client: temporal.client,
  queue: { ...queue, workflowType },
});
const workflow = (id: string) => temporal.client.workflow.getHandle(workflowIdOf(queue, id));
const write = (sql: string, ...values: unknown[]) => database.pool.query(sql, values);

function running<T>(work: () => Promise<T>, parcels: QueueWork = { createActivities: () => ({ ...steps }) }) {
  const settings = withDefaults({
    databaseUrl: database.url,
    taskQueue: queue.taskQueue,
    logLevel: 'silent',
    shutdownGraceMs: 600_000,
  });
  const application = {
    settings,
    pipelines: [{ queues: [queue], work: { parcels: async () => parcels } }],
    workflows,
  };
  return withWorker({ ...own(), application, connection: temporal.connection }, work);
}

const nothing = {
  started: 0,
  closing: 0,
  unanswered: 0,
  refused: 0,
  failed: 0,
  heldBy: undefined,
  canceling: 0,
  answered: 0,
  signaled: 0,
  due: 0,
};

describe('claimOnce', () => {
  test('starts what waits and is due, in one pass, as jobs of this database', async () => {
    const waiting = await insertParcel(database.pool);
    const due = await insertParcel(database.pool, { run_at: new Date(0) });
    const later = await insertParcel(database.pool, { run_at: new Date('2100-01-01') });
    expect(await claimOnce(own())).toEqual({ ...nothing, started: 2, due: 1 });
    expect(await readParcel(database.pool, waiting)).toMatchObject({ status: 'processing', attempt: 1 });
    expect(await readParcel(database.pool, due)).toMatchObject({ status: 'processing' });
    expect(await readParcel(database.pool, later)).toMatchObject({ status: 'queued' });
    const { rows } = await write('SELECT id FROM switchyard.database_identity');
    const { searchAttributes } = await workflow(waiting).describe();
    expect(searchAttributes['SwitchyardDatabase']).toEqual([rows[0].id]);
    expect(await claimOnce(own())).toEqual(nothing);
  });

  test('tells the workflow of a row that it is to be canceled', async () => {
    const id = await insertParcel(database.pool);
    await claimOnce(own());
    await write('UPDATE parcels SET cancel_requested_at = now() WHERE id = $1', id);
    expect(await claimOnce(own())).toEqual({ ...nothing, canceling: 1 });
    const { events } = await workflow(id).fetchHistory();
    expect(events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes)).toBe(true);
  });

  test('says what keeps rows back', async () => {
    await insertParcel(database.pool);
    await write(`INSERT INTO switchyard.pauses (scope, queue, reason) VALUES ('queue', 'parcels', 'test')`);
    expect(await claimOnce(own())).toEqual({ ...nothing, heldBy: 'paused' });
  });

  test('refuses a definition that does not fit its table', async () => {
    const misfit = { ...own(), queue: { ...queue, resultColumns: ['weight'] } };
    await expect(claimOnce(misfit)).rejects.toThrow(/names "weight", and public\.parcels has no such column/);
  });
});

describe('untilEnded', () => {
  test('answers the row of a job that has ended', async () => {
    const id = await insertParcel(database.pool);
    const row = await running(() => untilEnded({ ...own('weighParcel'), id }));
    expect(row).toMatchObject({ id, status: 'complete', grams: 300, code: 'weighed' });
  });

  test('answers the row of a job that asks, and goes on with its answer', async () => {
    const id = await insertParcel(database.pool);
    await running(async () => {
      const { status, question } = await untilEnded({ ...own('sendFragile'), id });
      expect({ status, question }).toMatchObject({ status: 'asking', question: { step: 'wrap' } });
      const answer = JSON.stringify({ step: 'wrap', value: { how: 'in paper' } });
      await write('UPDATE parcels SET answer = $2 WHERE id = $1', id, answer);
      expect(await claimOnce(own())).toMatchObject({ answered: 1 });
      const answered = () => readParcel(database.pool, id).then((row) => row.status !== 'asking');
      await expect.poll(answered, { timeout: 30_000 }).toBe(true);
      expect(await untilEnded({ ...own(), id })).toMatchObject({ status: 'complete', code: 'in paper' });
    });
  });

  test('says at its timeout which job has not ended, its status and its last event', async () => {
    const id = await insertParcel(database.pool);
    await claimOnce(own());
    await expect(untilEnded({ ...own(), id, timeoutMs: 1 })).rejects.toThrow(
      new RegExp(
        `^job ${id} of queue "parcels" has not ended within 1 ms: it is processing; its last event is queued → processing at 2`,
      ),
    );
  });

  test('says at its timeout why Temporal or the table refuses the row', async () => {
    await write('ALTER TABLE parcels ADD CONSTRAINT never CHECK (attempt = 0)');
    const id = await insertParcel(database.pool);
    expect(await claimOnce(own())).toEqual({ ...nothing, refused: 1 });
    await expect(untilEnded({ ...own(), id, timeoutMs: 1 })).rejects.toThrow(
      /it is queued; its last event is queued → queued \(START_REFUSED: .*never/,
    );
  });

  test('knows at once that there is no such job', async () => {
    await expect(untilEnded({ ...own(), id: 7 })).rejects.toThrow(
      'queue "parcels" has no job 7 in public.parcels',
    );
  });
});

describe('withWorker', () => {
  test('runs the worker until its work has ended, and answers what that did', async () => {
    expect(await running(async () => 'done')).toBe('done');
    const id = await insertParcel(database.pool);
    await claimOnce(own('weighParcel'));
    await expect(untilEnded({ ...own('weighParcel'), id, timeoutMs: 500 })).rejects.toThrow('processing');
  });

  test('stops the worker when its work fails', async () => {
    const failing = running(async () => {
      throw new Error('as expected');
    });
    await expect(failing).rejects.toThrow('as expected');
  });

  test('tells an activity that is under way to stop, and does not wait for its grace time', async () => {
    const id = await insertParcel(database.pool);
    const called = Promise.withResolvers<void>();
    const weigh = (run: JobRun) =>
      asStep({ retry, log: silentLogger }, run, async ({ signal }) => {
        called.resolve();
        await once(signal, 'abort');
        return 0;
      });
    const claimAndCall = async () => {
      await claimOnce(own());
      await called.promise;
    };
    await running(claimAndCall, { createActivities: () => ({ ...steps, weigh }) });
    expect(await readParcel(database.pool, id)).toMatchObject({ status: 'processing' });
  });

  test('fails with what keeps the worker from its start', async () => {
    const parcels: QueueWork = {
      createActivities: () => ({ ...steps }),
      onWorkerStart: async () => {
        throw new SetupError('no scales');
      },
    };
    await expect(running(() => new Promise(() => undefined), parcels)).rejects.toThrow('no scales');
  });
});

describe('createScratchDatabase', () => {
  const names = () =>
    onServer(inject('postgresUrl'), async (client) => {
      const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
      return rows.map(({ datname }) => datname);
    });
  const serverUrl = () => inject('postgresUrl');

  test('has the tables of the pipelines, and is gone when it is dropped', async () => {
    const migrations = new URL('../../examples/parcels/migrations/', import.meta.url);
    const scratch = await createScratchDatabase({
      serverUrl: serverUrl(),
      pipelines: [{ queues: [], migrations, work: {} }],
    });
    const name = new URL(scratch.url).pathname.slice(1);
    expect((await scratch.pool.query('SELECT FROM post.parcels')).rows).toEqual([]);
    expect(await names()).toContain(name);
    await scratch.drop();
    expect(await names()).not.toContain(name);
  });

  test('leaves nothing when a migration fails', async () => {
    const before = await names();
    const migrations = new URL('../../pipelines/no-such-pipeline/', import.meta.url);
    const pipelines = [{ queues: [], migrations, work: {} }];
    await expect(createScratchDatabase({ serverUrl: serverUrl(), pipelines })).rejects.toThrow();
    const made = (await names()).filter((name) => name.startsWith('switchyard_test_'));
    expect(made.filter((name) => !before.includes(name))).toEqual([]);
  });
});
