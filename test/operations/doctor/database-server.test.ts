import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../../src/platform/migrate.ts';
import { allWell, type HealthySystem, openHealthySystem } from '../../support/healthy-system.ts';
import { silentLogger } from '../../support/logger.ts';

let system: HealthySystem;
beforeAll(async () => {
  system = await openHealthySystem();
});
afterAll(() => system.close());

const asRole = (user: string, password = '') =>
  Object.assign(new URL(system.url), { username: user, password }).href;
const codesAs = (databaseUrl: string) => system.codes({ set: { databaseUrl } });
const poll = (options?: Parameters<HealthySystem['codes']>[0]) =>
  expect.poll(() => system.codes(options), { timeout: 30_000 });

/** Statements on a connection of their own, which stays open until `act` has ended. */
async function whileConnected(statements: string[], act: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: system.url, application_name: 'psql' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
    await act();
  } finally {
    await client.end();
  }
}

test('names a database that is away', async () => {
  expect(await codesAs('postgres://postgres@127.0.0.1:1/none')).toEqual(['DATABASE_AWAY DATABASE_URL']);
});

test('ends, and names the database, when nobody answers at its address', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const diagnosis = await system.diagnose({
    set: { databaseUrl: `postgres://postgres@127.0.0.1:${port}/none` },
    limits: { checkMs: 500 },
  });
  expect(diagnosis.findings).toMatchObject([
    { code: 'DATABASE_AWAY', severity: 'error', text: expect.stringContaining('no answer within 500 ms') },
  ]);
  expect(diagnosis.notMade).toBeGreaterThan(20);
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('names a wrong password, and does not show it', async () => {
  const hba = join(system.postgresFolder, 'pg_hba.conf');
  const before = await readFile(hba, 'utf8');
  await writeFile(hba, `host all secretive 127.0.0.1/32 scram-sha-256\n${before}`);
  await system.run(`CREATE ROLE secretive LOGIN PASSWORD 'right'`);
  await system.run('SELECT pg_reload_conf()');
  const { findings } = await system.diagnose({
    set: { databaseUrl: asRole('secretive', 'not-the-password') },
  });
  expect(findings).toMatchObject([{ code: 'DATABASE_LOGIN_REFUSED' }]);
  expect(JSON.stringify(findings)).not.toContain('not-the-password');
  await writeFile(hba, before);
  await system.run('SELECT pg_reload_conf()');
});

test('names a database that does not exist', async () => {
  expect(await codesAs(system.url.replace(/\/switchyard$/, '/nowhere'))).toEqual([
    'DATABASE_LOGIN_REFUSED DATABASE_URL',
  ]);
});

test('names a role that has no connection left', async () => {
  await system.run('CREATE ROLE crowded LOGIN CONNECTION LIMIT 0');
  expect(await codesAs(asRole('crowded'))).toEqual(['DATABASE_FULL DATABASE_URL']);
});

test('names a database that takes no writes', async () => {
  await system.run('CREATE ROLE readonly LOGIN SUPERUSER');
  await system.run('ALTER ROLE readonly SET default_transaction_read_only = on');
  expect(await codesAs(asRole('readonly'))).toEqual(['DATABASE_READ_ONLY DATABASE_URL']);
});

test('names a server that is too old', async () => {
  expect(await system.codes({ limits: { postgresVersion: 990_000 } })).toEqual([
    'POSTGRES_TOO_OLD the database server',
  ]);
});

test('names a clock that is apart from the database’s', async () => {
  expect(await system.codes({ now: () => Date.now() + 60_000 })).toEqual(['CLOCKS_APART Postgres']);
});

test('names the session that keeps a transaction open, by process id and application', async () => {
  await whileConnected(['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT 1'], () =>
    poll({ limits: { transactionMs: 500 } }).toEqual([
      expect.stringMatching(/^IDLE_IN_TRANSACTION session \d+ \(psql, role postgres\)$/),
    ]),
  );
});

test('names a statement whose snapshot is old', async () => {
  await whileConnected([], async () => {
    const sleeper = new pg.Client({ connectionString: system.url, application_name: 'report' });
    await sleeper.connect();
    const asleep = sleeper.query('SELECT pg_sleep(1000)').catch(() => undefined);
    await poll({ limits: { transactionMs: 500 } }).toEqual([
      expect.stringMatching(/^OLD_SNAPSHOT session \d+ \(report, role postgres\)$/),
    ]);
    await system.run(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'report'`,
    );
    await asleep;
    await sleeper.end();
  });
});

test('names a transaction that was prepared and left', async () => {
  await whileConnected(['BEGIN', 'CREATE TABLE left_behind (id integer)', `PREPARE TRANSACTION 'bank'`], () =>
    poll({ limits: { transactionMs: 500 } }).toEqual(['PREPARED_TRANSACTION transaction "bank"']),
  );
  await system.run(`ROLLBACK PREPARED 'bank'`);
});

test('names a replication slot that nobody reads', async () => {
  await system.run(`SELECT pg_create_physical_replication_slot('copy', true)`);
  await poll({ limits: { slotMs: 0 } }).toEqual(['REPLICATION_SLOT_UNUSED replication slot copy']);
  await system.run(`SELECT pg_drop_replication_slot('copy')`);
});

test('names who waits for a lock, and who holds it', async () => {
  await whileConnected(['BEGIN', 'LOCK TABLE mails_source'], async () => {
    const waiter = system.run('SELECT FROM mails_source').catch(() => undefined);
    await poll({ limits: { lockMs: 200 } }).toEqual([
      expect.stringMatching(/^LOCK_WAIT session \d+ \(test, /),
    ]);
    const { findings } = await system.diagnose({ limits: { lockMs: 200 } });
    expect(findings[0]?.text).toMatch(/held by session \d+ \(psql, role postgres\)/);
    await system.run(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'psql'`,
    );
    await waiter;
  });
});

test('names a role whose connections run out', async () => {
  await system.run('CREATE ROLE few LOGIN CONNECTION LIMIT 1');
  const client = new pg.Client({ connectionString: asRole('few') });
  await client.connect();
  await poll().toEqual(['CONNECTIONS_NEAR_LIMIT role few']);
  await client.end();
});

test('names a queue of notifications that fills up', async () => {
  await whileConnected(['LISTEN anything', 'BEGIN', 'SELECT 1'], async () => {
    await system.run(
      `SELECT count(pg_notify('anything', n || repeat('x', 7000))) FROM generate_series(1, 200) AS n`,
    );
    await poll({ limits: { notifyQueue: 0.000_01 } }).toEqual([
      'NOTIFY_QUEUE_FILLING the queue of notifications',
    ]);
  });
});

test('names transaction ids that come to an end', async () => {
  expect(await system.codes({ limits: { wraparoundAge: 1 } })).toEqual([
    'WRAPAROUND_NEAR database switchyard',
  ]);
});

test('names autovacuum that is off, on the server and for a table', async () => {
  await system.run('ALTER TABLE switchyard_jobs.mails SET (autovacuum_enabled = false)');
  await system.run('ALTER SYSTEM SET autovacuum = off');
  await system.run('SELECT pg_reload_conf()');
  await poll().toEqual(['AUTOVACUUM_OFF table switchyard_jobs.mails', 'AUTOVACUUM_OFF the database server']);
  await system.run('ALTER TABLE switchyard_jobs.mails RESET (autovacuum_enabled)');
  await system.run('ALTER SYSTEM RESET autovacuum');
  await system.run('SELECT pg_reload_conf()');
  await poll().toEqual([allWell]);
});

test('names a database without the schema, and another behind DATABASE_DIRECT_URL', async () => {
  await system.run('CREATE DATABASE other');
  const other = system.url.replace(/\/switchyard$/, '/other');
  expect(await codesAs(other)).toEqual(['SCHEMA_MISSING the schema switchyard']);
  await migrate(other, silentLogger);
  expect(await system.codes({ set: { databaseDirectUrl: other } })).toEqual([
    'DIRECT_URL_ELSEWHERE DATABASE_DIRECT_URL',
  ]);
  expect(await system.codes({ set: { databaseDirectUrl: 'postgres://127.0.0.1:1/none' } })).toEqual([
    'DIRECT_URL_AWAY DATABASE_DIRECT_URL',
  ]);
});

test('names migrations that have not run, and those of a later version', async () => {
  await system.run(`UPDATE switchyard.migrations SET name = '99_future' WHERE name = '25_doctor'`);
  expect(await system.codes()).toEqual(['MIGRATIONS_PENDING the schema', 'SCHEMA_NEWER the schema']);
  await system.run(`UPDATE switchyard.migrations SET name = '25_doctor' WHERE name = '99_future'`);
});

test('names the right that a role lacks', async () => {
  await system.run('CREATE ROLE web LOGIN IN ROLE switchyard_api');
  await system.run('REVOKE UPDATE ON switchyard.pauses FROM switchyard_api');
  const { findings } = await system.diagnose();
  expect(findings).toMatchObject([
    {
      code: 'RIGHTS_MISSING',
      subject: 'role switchyard_api',
      text: 'it lacks rights that switchyard_api has: UPDATE on switchyard.pauses',
    },
  ]);
  await system.run('SELECT switchyard.apply_grants()');
  expect(await system.codes()).toEqual([allWell]);
});
