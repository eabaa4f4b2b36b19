import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { startPlainWorker } from '../support/plain-worker.ts';
import { connectTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import {
  installVersions,
  nextMigration,
  type Role,
  type Version,
  type VersionProcess,
  type Versions,
} from './versions.ts';

const workflowsPath = fileURLToPath(new URL('../support/watched/workflows.ts', import.meta.url));
const taskQueue = `versions-${randomUUID()}`;
const roles: readonly Role[] = ['worker', 'starter', 'api'];

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let pool: Pool;
let versions: Versions;
let closeWorker: () => Promise<void>;
let client: Awaited<ReturnType<typeof connectTemporal>>['client'];
const running = new Map<string, VersionProcess>();
const writing = new AbortController();
let written: Promise<void> | undefined;

beforeAll(async () => {
  database = await createEmptyDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 5,
    onError: () => undefined,
  });
  versions = await installVersions(taskQueue);
  const temporal = await connectTemporal();
  client = temporal.client;
  const stop = await startPlainWorker({
    connection: temporal.connection,
    taskQueue: `${taskQueue}-app`,
    workflowsPath,
  });
  closeWorker = async () => {
    await stop();
    await temporal.close();
  };
}, 300_000);
afterEach(async () => {
  writing.abort();
  await written;
  await Promise.all([...running.values()].map(({ child }) => child.stop(20_000)));
});
afterAll(async () => {
  await closeWorker();
  await pool.end();
  await database.drop();
  await versions.remove();
});

async function start(version: Version, which = roles): Promise<void> {
  await Promise.all(
    which.map(async (role) => running.set(`${version.name} ${role}`, await version.run(role, database.url))),
  );
}

/** In good order, as an orchestrator does. */
async function stop(version: Version): Promise<void> {
  await Promise.all(
    roles.map(async (role) => {
      const name = `${version.name} ${role}`;
      const process = running.get(name);
      await process?.child.stop(30_000);
      expect([name, await process?.child.ended], (await process?.log())?.slice(-3_000)).toEqual([
        name,
        'exit code 0',
      ]);
      running.delete(name);
    }),
  );
}

/** How many rows wait or run. */
const open = async (): Promise<number> =>
  (
    await pool.query(
      `SELECT (SELECT count(*) FROM switchyard_jobs.mail WHERE status IN ('queued', 'processing'))
            + (SELECT count(*) FROM post.parcels WHERE address IS NULL AND status IN ('queued', 'processing')) AS rows`,
    )
  ).rows[0].rows;

/** A writer that goes on as fast as rows end: jobs of a watched queue, and parcels without an address, which a worker of ours fails. */
async function writeRows(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pool.query(`SELECT switchyard.enqueue('mail', '"hello"')`);
    await pool.query(`INSERT INTO post.parcels (receiver, contents) VALUES ('Ada', 'a book')`);
    await until(async () => (await open()) < 20 || signal.aborted);
  }
}

/** Until each of these versions has started jobs of both kinds, and these have ended, that were inserted from now on. */
async function flows(...started: readonly Version[]): Promise<void> {
  const { rows: now } = await pool.query<{ id: string }>(
    'SELECT max(id)::text AS id FROM switchyard.job_events',
  );
  for (const { name } of started) {
    await until(async () => {
      const { rows } = await pool.query(
        `SELECT count(DISTINCT began.queue)::integer AS queues
           FROM switchyard.job_events AS began
           JOIN switchyard.job_events AS ended USING (queue, job_id, attempt)
          WHERE began.id > $1 AND began.to_status = 'processing' AND began.actor = $2
            AND (queue, ended.to_status) IN (('mail', 'complete'), ('parcels', 'failed'))`,
        [now[0]?.id ?? '0', `switchyard starter ${name}`],
      );
      return rows[0].queues === 2;
    });
  }
}

const answers = async (version: Version) => {
  const port = running.get(`${version.name} api`)?.apiPort;
  const response = await fetch(`http://127.0.0.1:${port}/api/queues`);
  const { queues } = (await response.json()) as { queues: { name: string }[] };
  expect([response.status, queues.map(({ name }) => name)]).toEqual([
    200,
    expect.arrayContaining(['mail', 'parcels']),
  ]);
};

const send = async (): Promise<string> =>
  (
    await pool.query<{ id: string }>(
      `INSERT INTO post.parcels (receiver, contents, address) VALUES ('Ada', 'a book', 'Amsterdam') RETURNING id`,
    )
  ).rows[0]?.id ?? '';
const parcel = async (id: string) =>
  (await pool.query('SELECT * FROM post.parcels WHERE id = $1', [id])).rows[0];

test('two versions run side by side under load, upgrade and rollback, and each job is done once', async () => {
  const { old, next } = versions;
  await old.migrate(database.url);
  await pool.query(`SELECT switchyard.create_queue('mail', workflow => 'echo', task_queue => $1)`, [
    `${taskQueue}-app`,
  ]);
  await pool.query(`SELECT switchyard.create_queue('slow', workflow => 'collectSignals', task_queue => $1)`, [
    `${taskQueue}-app`,
  ]);
  await start(old);
  written = writeRows(writing.signal);
  await flows(old);
  // Both wait for a signal until all is over.
  const waits = await send();
  const { rows: slow } = await pool.query(`SELECT switchyard.enqueue('slow', '{"count": 1}') AS id`);
  await until(async () => (await parcel(waits))['stage'] === 'at the shop');

  await next.migrate(database.url);
  await flows(old);
  await start(next);
  await Promise.all([flows(old, next), answers(old), answers(next)]);
  await stop(old);
  await Promise.all([flows(next), answers(next)]);

  await start(old); // back again, on the schema of the next version
  expect(await running.get('old starter')?.log()).toContain(
    'migrated by a later version, whose schema fits this one too',
  );
  await Promise.all([flows(old, next), answers(old)]);
  await stop(next);
  await flows(old);

  // All processes are gone at once, in the middle of their work; then the next version comes up.
  for (const { child } of running.values()) process.kill(child.pid, 'SIGKILL');
  running.clear();
  await start(next);
  await flows(next);
  writing.abort();
  await written;
  await client.workflow.getHandle(waits).signal('collected', 'Bob');
  await client.workflow.getHandle(`slow:${slow[0].id}`).signal('approve', 'Bob');
  await until(async () => (await parcel(waits))['status'] === 'complete');
  await until(async () => {
    const { rows } = await pool.query(
      `SELECT FROM switchyard_jobs.mail WHERE status IN ('queued', 'processing')
        UNION ALL SELECT FROM switchyard_jobs.slow WHERE status <> 'complete'
        UNION ALL SELECT FROM post.parcels WHERE status IN ('queued', 'processing')`,
    );
    return rows.length === 0;
  });
  const { rows: outcomes } = await pool.query(
    `SELECT 'mail' AS queue, status, attempt FROM switchyard_jobs.mail GROUP BY 2, 3
      UNION SELECT 'parcels', status::text, attempt FROM post.parcels WHERE address IS NULL GROUP BY 2, 3
      UNION SELECT 'events', to_status, attempt FROM switchyard.job_events
             WHERE queue IN ('mail', 'parcels') AND to_status IN ('complete', 'failed')
             GROUP BY queue, job_id, 2, 3 HAVING count(*) > 1
      ORDER BY 1`,
  );
  expect(outcomes).toEqual([
    { queue: 'mail', status: 'complete', attempt: 1 },
    { queue: 'parcels', status: 'failed', attempt: 1 },
  ]);
}, 300_000);

test('a version that no longer fits the schema ends, and says which one does', async () => {
  await pool.query('INSERT INTO switchyard.required_migrations (name) VALUES ($1)', [nextMigration]);
  const refused = await versions.old.start('starter', database.url);
  expect(await refused.child.ended).toBe('exit code 1');
  expect(await refused.log()).toContain(`no longer fits this one, which does not know: ${nextMigration}`);
});
