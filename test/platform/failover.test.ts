import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TcpProxy } from '../../chaos/tcp-proxy.ts';
import { freePort } from '../../server/dev/ports.ts';
import { type Postgres, startPostgres } from '../../server/dev/postgres.ts';
import { createPool, inTransaction, type Pool } from '../../src/platform/database.ts';
import { administer } from '../support/database.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { until } from '../support/until.ts';

/** A server that was stopped and came back as a standby: it waits for a primary's log, until it is promoted. */
let standby: Postgres;
let folder: string;
let primary: TcpProxy;
let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let pool: Pool;
const opened: Pool[] = [];
const open = (connectionString: string): Pool => {
  const made = createPool({ connectionString, applicationName: 'test', max: 2, onError: () => undefined });
  opened.push(made);
  return made;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-standby-'));
  await chmod(folder, 0o755);
  const options = { dataDir: join(folder, 'data'), logFile: join(folder, 'log'), port: await freePort() };
  database = await createLettersDatabase();
  const name = new URL(database.url).pathname.slice(1);
  const first = await startPostgres(options);
  await open(first.url).query(`CREATE DATABASE ${name}`);
  await opened.pop()?.end();
  await first.child.stop(20_000);
  await writeFile(join(first.dataDir, 'standby.signal'), '');
  standby = await startPostgres(options);
  primary = await TcpProxy.start(Number(new URL(database.url).port));
  pool = open(
    `postgres://postgres@127.0.0.1:${options.port},127.0.0.1:${primary.port}/${name}?target_session_attrs=read-write`,
  );
});
afterAll(async () => {
  for (const made of opened) await made.end();
  await standby.child.stop(20_000);
  await primary.close();
  await rm(folder, { recursive: true });
  await administer(`DROP DATABASE ${new URL(database.url).pathname.slice(1)} WITH (FORCE)`);
});

const isStandby = async () =>
  (await pool.query('SELECT pg_is_in_recovery() AS standby, inet_server_port() AS port')).rows[0];

test('a host that is set read-only is none that can be written to', async () => {
  const name = new URL(database.url).pathname.slice(1);
  await administer(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await expect(isStandby()).rejects.toThrow(/can be written to: .*127\.0\.0\.1:\d+ is read-only/);
  await administer(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
});

test('connections go to the host that can be written to, and follow a failover', async () => {
  const { port } = await isStandby();
  expect(port).not.toBe(Number(new URL(standby.url).port));
  await inTransaction(pool, (tx) => tx.query("INSERT INTO letters (enclosure) VALUES ('a')"));

  primary.disturb('cut');
  await expect(isStandby()).rejects.toThrow();
  await expect(isStandby()).rejects.toThrow(
    /none of the database's hosts can be written to: 127\.0\.0\.1:\d+ is a standby; 127\.0\.0\.1:\d+ \S/,
  );
  await open(standby.url).query('SELECT pg_promote()');
  await until(() =>
    isStandby().then(
      (at) => at.port === Number(new URL(standby.url).port),
      () => false,
    ),
  );
  await inTransaction(pool, (tx) => tx.query('CREATE TABLE written ()'));
});
