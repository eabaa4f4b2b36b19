import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Child, startChild } from '../../src/dev/child.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { until } from '../support/jobs.ts';
import { applyRecipe } from './recipe.ts';

/** The repository as it is, in a folder of its own, with what docs/adding-a-queue.md adds. */
let folder: string;
let database: { url: string; drop(): Promise<void> };
let pool: Pool;
const running: Child[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-recipe-'));
  for (const part of ['src', 'migrations', 'package.json', 'package-lock.json', 'tsconfig.json'])
    await cp(part, join(folder, part), { recursive: true });
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  await applyRecipe(await readFile('docs/adding-a-queue.md', 'utf8'), folder);
  await mkdir(join(folder, '.data/uploads'), { recursive: true });
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
  await rm(folder, { recursive: true, force: true });
});

const env = () => ({
  PATH: process.env['PATH'],
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  TASK_QUEUE: 'recipe',
  QUEUES: 'word-counts',
});

async function start(role: 'starter' | 'worker'): Promise<void> {
  const child = await startChild({
    command: process.execPath,
    args: [`src/${role}/main.ts`],
    env: env(),
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
  const ended = `SELECT status, words, error_code FROM word_counts WHERE id = $1 AND status NOT IN ('new', 'running')`;
  return until(async () => (await pool.query(ended, [inserted.rows[0]?.id])).rows[0]);
}

test('the code of docs/adding-a-queue.md has no type errors', async () => {
  const tsc = promisify(execFile)(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', '.'], {
    cwd: folder,
  });
  await expect(tsc.catch((error: { stdout: string }) => error)).resolves.toMatchObject({ stdout: '' });
});

test('the queue of docs/adding-a-queue.md migrates, starts, and runs its jobs', async () => {
  await promisify(execFile)(process.execPath, ['src/migrate.ts'], { cwd: folder, env: env() });
  await start('starter');
  await start('worker');
  await writeFile(join(folder, '.data/uploads/words.txt'), 'one two three\n\n  four\n');
  expect(await runToItsEnd('words.txt')).toEqual({ status: 'done', words: '4', error_code: null });
  expect(await runToItsEnd('missing.txt')).toEqual({ status: 'broken', words: null, error_code: 'IO_ERROR' });
});
