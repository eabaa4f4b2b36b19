import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type History, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Child, startChild } from '../../server/dev/child.ts';
import { compileCache } from '../../server/dev/roles.ts';
import { findTemporalCli } from '../../server/dev/temporal-cli.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { historyFromJson } from '../support/histories.ts';
import { createRoleLogins, type Role } from '../support/role-logins.ts';
import { quietRuntime } from '../support/temporal.ts';
import { typeErrors } from '../support/type-errors.ts';
import { until } from '../support/until.ts';
import { linkPackages } from './link-packages.ts';
import { applyRecipe, sizeOf } from './recipe.ts';

const page = readFileSync('docs/adding-a-queue.md', 'utf8');

/** The repository as it is, in a folder of its own, with what docs/adding-a-queue.md adds. */
let folder: string;
let database: { url: string; drop(): Promise<void> };
let logins: Awaited<ReturnType<typeof createRoleLogins>>;
let pool: Pool;
const running: Child[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-recipe-'));
  const parts = [
    'src',
    'pipelines',
    'server',
    'migrations',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'Dockerfile',
  ];
  for (const part of parts)
    await cp(part, join(folder, part), { recursive: true, filter: (source) => basename(source) !== 'test' });
  await linkPackages(folder);
  await applyRecipe(page, folder);
  logins = await createRoleLogins();
  database = await createTestDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 2,
    onError: () => undefined,
  });
});

afterAll(async () => {
  await Promise.all(running.map((child) => child.stop(20_000)));
  await pool.end();
  await database.drop();
  await logins.drop();
  await rm(folder, { recursive: true, force: true });
});

const env = (role?: Role) => ({
  ...compileCache,
  PATH: process.env['PATH'],
  DATABASE_URL: role === undefined ? database.url : logins.urlAs(role, database.url),
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  TASK_QUEUE: 'recipe',
  QUEUES: 'word-counts',
});

async function start(role: 'starter' | 'worker'): Promise<void> {
  const child = await startChild({
    command: process.execPath,
    args: [`server/${role}.ts`],
    env: env(role),
    logFile: join(folder, `${role}.log`),
    stopSignal: 'SIGTERM',
    cwd: folder,
  });
  running.push(child);
}

async function runToItsEnd(path: string): Promise<Record<string, unknown>> {
  const inserted = await pool.query<{ id: string }>(
    'INSERT INTO word_counts (path) VALUES ($1) RETURNING id',
    [path],
  );
  const ended = `SELECT status, words, error_code FROM word_counts WHERE id = $1 AND status NOT IN ('queued', 'processing')`;
  return until(async () => (await pool.query(ended, [inserted.rows[0]?.id])).rows[0]);
}

test('the code of docs/adding-a-queue.md has no type errors', async () => {
  expect(await typeErrors(folder)).toEqual([]);
});

test('docs/adding-a-queue.md says how many files and lines it takes', () => {
  const { files, lines, indexLines } = sizeOf(page);
  expect(files).toBe(6);
  expect(page).toContain(
    `Six new files of ${lines} lines in all, ${indexLines} more lines in two files of the server and the \`Dockerfile\``,
  );
});

/** As the page does, with the command of the tests' own Temporal. */
async function recordHistory(): Promise<History> {
  const [, command = ''] = /^temporal (workflow show .+) > test\/histories\/[\w-]+\.json$/m.exec(page) ?? [];
  const cli = await findTemporalCli(() => undefined);
  const address = ['--address', inject('temporalAddress')];
  const { stdout } = await promisify(execFile)(cli, [...command.split(' '), ...address]);
  return historyFromJson(JSON.parse(stdout));
}

test('the queue of docs/adding-a-queue.md migrates, runs its jobs by the rights of the roles, and replays', async () => {
  await promisify(execFile)(process.execPath, ['server/migrate.ts'], { cwd: folder, env: env() });
  await start('starter');
  await start('worker');
  const [writeFile = ''] = /^.*> \.data\/uploads\/words\.txt$/m.exec(page) ?? [];
  await promisify(execFile)('bash', ['-c', writeFile], { cwd: folder });
  expect(await runToItsEnd('words.txt')).toEqual({ status: 'complete', words: '3', error_code: null });
  expect(await runToItsEnd('missing.txt')).toEqual({ status: 'failed', words: null, error_code: 'IO_ERROR' });
  const bundle = join(folder, 'workflows.js');
  await promisify(execFile)(process.execPath, ['server/bundle.ts', bundle], { cwd: folder, env: env() });
  quietRuntime();
  await Worker.runReplayHistory({ workflowBundle: { codePath: bundle } }, await recordHistory());
});
