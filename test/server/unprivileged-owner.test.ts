import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobQueries } from '../../pipelines/invoices/api/queries.ts';
import { freePort } from '../../server/dev/ports.ts';
import { type Postgres, startPostgres } from '../../server/dev/postgres.ts';
import { migrateAll } from '../../server/migrations.ts';
import { defineQueues } from '../../server/queues.ts';
import { loadSettings } from '../../server/settings.ts';
import { createJobActivities } from '../../src/activities/rows/transitions.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { verifyQueue } from '../../src/verify/queues.ts';
import { claimOnce } from '../support/claims.ts';
import { withDatabase, withUser } from '../support/database-name.ts';
import { testQueue } from '../support/jobs.ts';
import { silentLogger } from '../support/logger.ts';

/** A server that has none of our roles, as one where nobody may create any. */
let server: Postgres;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-owner-'));
  server = await startPostgres({
    dataDir: join(folder, 'data'),
    logFile: join(folder, 'log'),
    port: await freePort(),
  });
});
afterAll(async () => {
  await server.child.stop(20_000);
  await rm(folder, { recursive: true, force: true });
});

let databases = 0;

/** A database of an account of its own, with what a superuser set up for it before, told by `{o}` and `{d}`. */
async function onOwnDatabase(
  setUp: string,
  work: (url: string, pool: Pool, owner: string) => Promise<void>,
): Promise<void> {
  databases += 1;
  const [owner, database] = [`o${databases}`, `d${databases}`];
  const filled = (sql: string) => sql.replaceAll('{o}', owner).replaceAll('{d}', database);
  await run(server.url, `CREATE ROLE ${owner} LOGIN`, `CREATE DATABASE ${database} OWNER ${owner}`);
  await run(withDatabase(server.url, database), filled(setUp));
  const url = withUser(withDatabase(server.url, database), owner);
  const pool = createPool({
    connectionString: url,
    applicationName: 'test',
    max: 3,
    onError: () => undefined,
  });
  try {
    await work(url, pool, owner);
  } finally {
    await pool.end();
  }
}

async function run(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

const settings = loadSettings({});
const queues = defineQueues(settings);

/** What starter, worker, API and retention do, each once. */
async function useEverything(pool: Pool): Promise<void> {
  for (const queue of queues) await verifyQueue(pool, queue);
  const queue = testQueue();
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO public.jobs (upload_path, customer) VALUES ('a.pdf', 'Ada') RETURNING id`,
  );
  const [started] = (await claimOnce(pool, { ...queue, fair: true })).started;
  expect(started).toMatchObject({ id: rows[0]?.id, attempt: 1 });
  const id = started?.id ?? '';
  const jobs = createJobActivities({ pool, queues: [queue], workerId: 'w', log: silentLogger });
  const run = { queue: queue.name, jobId: id, requestId: null, runIds: [`run of ${id}`] };
  expect(await jobs.begin(run)).toMatchObject({ kind: 'mine' });
  await jobs.endJob(run, { state: 'failed', errorCode: 'BAD_PDF', errorMessage: 'no PDF' });
  const page = { statuses: ['failed'], after: undefined, limit: 10 };
  expect(await jobQueries(queue.table).list(pool, page)).toMatchObject([{ id, status: 'failed' }]);
  await pool.query(
    `SELECT switchyard.pause_key('invoices', 'Ada', 'test'), switchyard.resume_key('invoices', 'Ada')`,
  );
  const removed = await pool.query('SELECT switchyard.remove_events(clock_timestamp(), 100) AS removed');
  expect(removed.rows).toEqual([{ removed: 3 }]);
}

/** Relations and functions of Switchyard outside its own schemas. */
async function strayed(pool: Pool, schema: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace($1)
     UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = to_regnamespace($1) ORDER BY 1`,
    [schema],
  );
  return rows.map(({ name }) => name);
}

describe('the owner of a database, who is no superuser and may create no roles, migrates it and runs everything', () => {
  test.each([
    ['as it comes', ''],
    ['with a schema of its own name, which a search path begins with', 'CREATE SCHEMA {o} AUTHORIZATION {o}'],
    ['with a search path that has no public', 'CREATE SCHEMA app; ALTER DATABASE {d} SET search_path = app'],
    ['with an empty search path of the account', `ALTER ROLE {o} SET search_path = ''`],
  ])('%s', (_, setUp) =>
    onOwnDatabase(setUp, async (url, pool, owner) => {
      await migrateAll(url, silentLogger, settings);
      await useEverything(pool);
      expect([...(await strayed(pool, owner)), ...(await strayed(pool, 'app'))]).toEqual([]);
      expect(await migrateAll(url, silentLogger, settings)).toEqual([]);
    }),
  );

  test('beside tables of the same names in its own schema, which stay as they are', () =>
    onOwnDatabase(
      `CREATE SCHEMA {o} AUTHORIZATION {o}; SET ROLE {o};
       CREATE TABLE {o}.jobs (mine integer); CREATE TABLE {o}.builds (mine integer)`,
      async (url, pool, owner) => {
        await migrateAll(url, silentLogger, settings);
        await useEverything(pool);
        expect(await strayed(pool, owner)).toEqual(['builds', 'jobs']);
        const { fields } = await pool.query('SELECT jobs.*, builds.* FROM jobs, builds');
        expect(fields.map(({ name }) => name)).toEqual(['mine', 'mine']);
      },
    ));
});

test('a migration that broke off continues the next time', () =>
  onOwnDatabase('', async (url, pool) => {
    await pool.query('CREATE SCHEMA switchyard');
    for (const inTheWay of ['TABLE switchyard.pauses AS SELECT', 'TYPE public.job_status AS ENUM ()']) {
      await pool.query(`CREATE ${inTheWay}`);
      await expect(migrateAll(url, silentLogger, settings)).rejects.toThrow('already exists');
      await pool.query(`DROP ${inTheWay.replace(/ AS .*/, '')}`);
    }
    await migrateAll(url, silentLogger, settings);
    await useEverything(pool);
  }));

/** A procedure that commits can have no settings of its own. */
const committing = 'enqueue_existing';

test('every function of ours sets its own search path', () =>
  onOwnDatabase('', async (url, pool) => {
    await migrateAll(url, silentLogger, settings);
    const { rows } = await pool.query(
      `SELECT proname FROM pg_proc
        WHERE pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          AND NOT coalesce(proconfig @> '{"search_path=pg_catalog, pg_temp"}', false) AND proname <> $1`,
      [committing],
    );
    expect(rows).toEqual([]);
  }));
