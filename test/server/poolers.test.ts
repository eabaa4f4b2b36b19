import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrateAll } from '../../server/migrations.ts';
import { loadSettings } from '../../server/settings.ts';
import { createPool, inTransaction, type Pool } from '../../src/platform/database.ts';
import { Doorbell } from '../../src/starter/doorbell.ts';
import { runStarterLoop } from '../../src/starter/loop.ts';
import type { Signals } from '../../src/starter/signals.ts';
import { runSignalsLoop } from '../../src/starter/signals-loop.ts';
import type { Starter } from '../../src/starter/starter.ts';
import { administer, createEmptyDatabase, createTestDatabase } from '../support/database.ts';
import { answerXml } from '../support/gateway.ts';
import { insertJob, readJob } from '../support/jobs.ts';
import { recordingLogger, silentLogger } from '../support/logger.ts';
import { emptyPass } from '../support/passes.ts';
import { findPgBouncer, noteOf, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { createPipeline } from '../support/pipeline.ts';
import { startTestApi } from '../support/server-api.ts';
import { until } from '../support/until.ts';

const program = await findPgBouncer();
const hour = 3_600_000;

/** What a transaction may not leave on a server connection that applications use next. */
const marks = `
  SELECT current_setting('lock_timeout') AS lock_timeout, current_setting('statement_timeout') AS statement_timeout,
         current_setting('idle_in_transaction_session_timeout') AS idle_in_transaction,
         current_setting('IntervalStyle') AS interval_style, current_setting('DateStyle') AS date_style,
         ARRAY(SELECT pg_listening_channels()) AS listens`;

describe.skipIf(program === undefined)(`behind PgBouncer${noteOf(program)}`, () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let direct: Pool;
  let bouncer: PgBouncer;
  let url: string;
  const close: (() => Promise<unknown>)[] = [];
  const closeLater = <T extends { end(): Promise<void> }>(open: T): T => {
    close.push(() => open.end());
    return open;
  };
  const poolOn = (connectionString: string, idleInTransactionMs = 15_000) =>
    closeLater(
      createPool({
        connectionString,
        applicationName: 'test',
        max: 3,
        idleInTransactionMs,
        onError: () => undefined,
      }),
    );
  /** A session of the application, in the same pool. */
  const application = async () => {
    const client = closeLater(new pg.Client({ connectionString: url }));
    const heard: unknown[] = [];
    client.on('notification', (message) => heard.push(message));
    await client.connect();
    return { client, heard };
  };
  const doorbellOn = (options: { connectionString: string; mayBeSession?: boolean }) => {
    const { log, lines } = recordingLogger();
    const doorbell = new Doorbell({ ...options, applicationName: 'bell', log });
    close.push(async () => doorbell.close());
    doorbell.open();
    return { doorbell, lines };
  };

  const open = (options: { mode: 'transaction' | 'session'; poolSize: number }) => {
    beforeAll(async () => {
      bouncer = await startPgBouncer(program ?? '', options);
    });
    afterAll(() => bouncer.stop());
  };
  beforeEach(async () => {
    database = await createTestDatabase();
    url = bouncer.through(database.url);
    direct = poolOn(database.url);
  });
  afterEach(async () => {
    for (const end of close.splice(0).reverse()) await end();
    await dropForced(database.url);
  });

  describe('in transaction mode, with one server connection for all', () => {
    open({ mode: 'transaction', poolSize: 1 });

    test('connections set nothing that applications meet, and read times whatever DateStyle is there', async () => {
      await direct.query(`ALTER DATABASE ${nameOf(database.url)} SET DateStyle = 'German'`);
      const { client } = await application();
      const { rows: before } = await client.query(marks);
      expect(before).toMatchObject([{ date_style: 'German, DMY' }]);
      const pool = poolOn(url);
      const id = await insertJob(pool);
      const { rows } = await pool.query('SELECT created_at FROM jobs WHERE id = $1', [id]);
      expect(rows[0].created_at).toBeInstanceOf(Date);
      await inTransaction(pool, (tx) => tx.query('SELECT FROM jobs FOR UPDATE'));
      expect((await client.query(marks)).rows).toEqual(before);
    });

    test('nothing is prepared on server connections that applications use next', async () => {
      const pool = closeLater(
        createPool({
          connectionString: url,
          applicationName: 'test',
          max: 1,
          prepares: true,
          onError: () => undefined,
        }),
      );
      for (const _ of [1, 2, 3]) await inTransaction(pool, (tx) => tx.query('SELECT $1::text', ['a']));
      const { client } = await application();
      expect((await client.query('SELECT statement FROM pg_prepared_statements')).rows).toEqual([]);
    });

    test('a transaction that falls silent loses its locks', async () => {
      const id = await insertJob(direct);
      const silent = poolOn(url, 100);
      const work = inTransaction(silent, async (tx) => {
        await tx.query('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [id]);
        // Waits for the row lock, which only the server can take from the silent one.
        await direct.query('UPDATE jobs SET priority = 7 WHERE id = $1', [id]);
        await tx.query('SELECT 1');
      });
      await expect(work).rejects.toThrow();
      expect(await readJob(direct, id)).toMatchObject({ priority: 7 });
    });

    test('a transaction reads what others committed while it waited, whatever isolation is the default', async () => {
      await direct.query(
        `ALTER DATABASE ${nameOf(database.url)} SET default_transaction_isolation = 'repeatable read'`,
      );
      const pool = poolOn(url);
      const { rows } = await inTransaction(pool, (tx) => tx.query('SHOW transaction_isolation'));
      expect(rows).toEqual([{ transaction_isolation: 'read committed' }]);
    });

    test.each([
      ['DATABASE_URL', false],
      ['DATABASE_DIRECT_URL', true],
    ])(
      'a doorbell by %s says once that it is not heard, and listens to nothing',
      async (name, mayBeSession) => {
        const { doorbell, lines } = doorbellOn({ connectionString: url, mayBeSession });
        await until(async () => doorbell.deaf);
        expect(doorbell.connected).toBe(false);
        expect(lines.map(({ msg }) => msg)).toEqual([
          expect.stringMatching(
            `^${name} leads through a connection pooler .* rows are looked for every POLL_INTERVAL. Set DATABASE_DIRECT_URL`,
          ),
        ]);
        const { client, heard } = await application();
        expect((await client.query(marks)).rows).toMatchObject([{ listens: [] }]);
        const listening = doorbellOn({ connectionString: database.url });
        await until(() => listening.doorbell.arm('invoices', true));
        const rang = listening.doorbell.wait('invoices', 'claims', hour, new AbortController().signal);
        await client.query("INSERT INTO jobs (upload_path) VALUES ('a.pdf')");
        expect(await rang).toBe(true);
        await client.query('SELECT 1'); // what was sent to this session has come by now
        expect(heard).toEqual([]);
      },
    );

    test('loops poll as often as without a doorbell, however long POLL_INTERVAL is', async () => {
      const { doorbell } = doorbellOn({ connectionString: url });
      await until(async () => doorbell.deaf);
      const stop = new AbortController();
      const passes = { claims: 0, signals: 0 };
      const queue = { name: 'invoices' };
      const claims = {
        queue,
        runOnce: async () => {
          passes.claims += 1;
          return emptyPass;
        },
      } as unknown as Starter;
      const signals = {
        queue,
        runOnce: async () => {
          passes.signals += 1;
          return { canceling: 0, answered: 0, signaled: 0, due: 0, nextDueMs: undefined };
        },
      } as unknown as Signals;
      const shared = { doorbell, pollIntervalMs: hour, log: silentLogger, signal: stop.signal };
      const loops = [runStarterLoop({ ...shared, starter: claims }), runSignalsLoop({ ...shared, signals })];
      await until(async () => passes.claims > 4 && passes.signals > 2);
      stop.abort();
      await Promise.all(loops);
    });
  });

  describe('in transaction mode', () => {
    open({ mode: 'transaction', poolSize: 5 });

    test('what the API takes goes through starters and a worker, and the API answers its result', async () => {
      const pipeline = await createPipeline({ databaseUrl: url });
      close.push(() => pipeline.close());
      const { folder: resultRoot, gateway } = pipeline;
      const api = await startTestApi({
        database: { url },
        resultRoot,
        uploadRoot: join(resultRoot, 'uploads'),
      });
      close.push(() => api.close());
      const stop = new AbortController();
      const shared = { doorbell: undefined, pollIntervalMs: 100, log: silentLogger, signal: stop.signal };
      gateway.answer = answerXml('<invoice/>');
      await pipeline.startWorker();
      const loops = ['one', 'two'].map((name) =>
        runStarterLoop({ ...shared, starter: pipeline.starter(name) }),
      );
      close.push(() => {
        stop.abort();
        return Promise.all(loops);
      });
      const jobs = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const form = new FormData();
          form.append('file', new Blob(['%PDF-1.7']), 'a.pdf');
          const response = await fetch(`${api.url}/api/upload`, { method: 'POST', body: form });
          return ((await response.json()) as { id: string }).id;
        }),
      );
      for (const id of jobs) {
        await pipeline.untilStatus(id, 'complete');
        const job = (await (await fetch(`${api.url}/api/jobs/${id}`)).json()) as object;
        expect(job).toMatchObject({ status: 'complete', attempt: 1 });
        expect(await (await fetch(`${api.url}/api/jobs/${id}/result`)).text()).toBe('<invoice/>');
      }
    });

    test('two that migrate wait for each other, and leave no lock behind', async () => {
      const empty = await createEmptyDatabase();
      const through = bouncer.through(empty.url);
      const applied = await Promise.all([
        migrateAll(through, silentLogger, loadSettings({})),
        migrateAll(through, silentLogger, loadSettings({})),
      ]);
      const counts = applied.map((names) => names.length).sort((a, b) => a - b);
      expect(counts[0]).toBe(0);
      expect(counts[1]).toBeGreaterThan(10);
      const { rows } = await direct.query(
        `SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
          WHERE locktype = 'advisory' AND datname = $1`,
        [new URL(empty.url).pathname.slice(1)],
      );
      expect(rows).toEqual([]);
      await dropForced(empty.url);
    });
  });

  describe('in session mode', () => {
    open({ mode: 'session', poolSize: 5 });

    test('a doorbell on DATABASE_DIRECT_URL hears rings', async () => {
      const { doorbell } = doorbellOn({ connectionString: url, mayBeSession: true });
      await until(() => doorbell.arm('invoices', true));
      const rang = doorbell.wait('invoices', 'claims', hour, new AbortController().signal);
      await insertJob(direct);
      expect(await rang).toBe(true);
    });
  });
});

const nameOf = (databaseUrl: string) => new URL(databaseUrl).pathname.slice(1);

/** PgBouncer keeps its server connections for a while. */
const dropForced = (databaseUrl: string) => administer(`DROP DATABASE ${nameOf(databaseUrl)} WITH (FORCE)`);
