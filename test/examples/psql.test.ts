import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Child, startChild } from '../../server/dev/child.ts';
import { compileCache } from '../../server/dev/roles.ts';
import { installCommand } from '../package/install.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { printed, readSteps } from './readme.ts';
import { missing } from './toolchains.ts';
import { buildGoWorker, findNodeWorker, installPythonWorker } from './workers.ts';

/** The tarball, installed alone, and one process of it that serves all these examples. */
const taskQueue = `switchyard-${randomUUID()}`;
let folder: string;
let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
const running: Child[] = [];

const env = () => ({
  ...compileCache,
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  TASK_QUEUE: taskQueue, // other databases share this Temporal
  ROWS: '3000',
});

async function start(name: string, command: string, args: string[], cwd: string): Promise<void> {
  const logFile = join(folder, `${name}.log`);
  running.push(await startChild({ command, args, env: env(), logFile, stopSignal: 'SIGTERM', cwd }));
}

const needed = missing('psql', ['--version']);

beforeAll(async () => {
  if (needed !== undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'switchyard-psql-'));
  database = await createEmptyDatabase();
  await installCommand(folder);
  await printed('npx pg-switchyard init', env(), folder);
  // What npx runs: it would end before its child does.
  await start('switchyard', join(folder, 'node_modules/.bin/switchyard'), ['start'], folder);
}, 300_000);

afterAll(async () => {
  if (needed !== undefined) return;
  await Promise.all(running.map((child) => child.stop(20_000)));
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const examples = [
  {
    language: 'Go',
    example: 'examples/go-and-psql',
    absent: missing('go', ['version']),
    worker: 'go run .',
    prepare: buildGoWorker,
  },
  {
    language: 'Python',
    example: 'examples/python-and-psql',
    absent: missing('python3', ['-c', 'import sys, venv; assert sys.version_info >= (3, 10)']),
    worker: 'pip install -r requirements.txt && python worker.py',
    prepare: installPythonWorker,
  },
  {
    language: 'TypeScript, for ten million rows,',
    example: 'examples/ten-million-rows',
    absent: undefined,
    worker: 'npm install && node worker.ts',
    prepare: findNodeWorker,
  },
];

describe.each(examples)('a worker in $language and psql', ({ example, absent, worker, prepare }) => {
  test('do what the README shows, beside one process of the package', async ({ skip }) => {
    const why = needed ?? absent;
    if (why !== undefined) return skip(why);
    const { command, args } = await prepare(example);
    await start(example.replace('/', '-'), command, args, folder);
    const [first, second, ...steps] = await readSteps(join(example, 'README.md'));
    expect(first?.commands).toBe('npx pg-switchyard init && npx pg-switchyard start');
    expect(second?.commands).toBe(worker);
    for (const { commands, output } of steps) {
      if (output === undefined) await printed(commands, env(), folder);
      else await expect.poll(() => printed(commands, env(), folder), { timeout: 60_000 }).toBe(output);
    }
  }, 300_000);
});
