import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Child, startChild } from '../../server/dev/child.ts';
import { freePort } from '../../server/dev/ports.ts';
import { compileCache } from '../../server/dev/roles.ts';
import { installExample } from '../package/install.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { typeErrors } from '../support/type-errors.ts';
import { until } from '../support/until.ts';
import { printed, readSteps } from './readme.ts';
import { findTestServer } from './test-server.ts';
import { missing } from './toolchains.ts';

let folder: string;
let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let env: Record<string, string>;
const running: Child[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-shop-'));
  database = await createEmptyDatabase();
  const port = String(await freePort());
  env = {
    ...compileCache,
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TASK_QUEUE: `switchyard-${randomUUID()}`, // other databases share this Temporal
    PORT: port,
    SHOP: `http://127.0.0.1:${port}`,
  };
  await installExample('shop', folder);
}, 300_000);

afterAll(async () => {
  await Promise.all(running.map((child) => child.stop(20_000)));
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const run = promisify(execFile);

test('TypeScript finds no error in the shop', async () => {
  expect(await typeErrors(folder)).toEqual([]);
});

test('the tests of the shop pass, on a server that skips the week', async () => {
  const settings = {
    ...env,
    DATABASE_URL: inject('postgresUrl'),
    TEMPORAL_TEST_SERVER: await findTestServer(),
  };
  const node = run(process.execPath, ['--test', '--test-reporter=tap'], { cwd: folder, env: settings });
  const { stdout } = await node.catch((error: { stdout: string }) => error);
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(stdout).toMatch(/^# pass 6$/m);
}, 300_000);

test('the shop does what its README shows', async ({ skip }) => {
  const needed = missing('psql', ['--version']) ?? missing('curl', ['--version']);
  if (needed !== undefined) return skip(needed);
  const [migrate, processes, ...steps] = await readSteps('examples/shop/README.md');
  await printed(migrate?.commands ?? '', env, folder);
  for (const line of processes?.commands.split('\n') ?? []) await start(line);
  await until(() =>
    fetch(`${env['SHOP']}/order/1`).then(
      () => true,
      () => false,
    ),
  );
  expect(steps.length).toBeGreaterThan(2);
  for (const { commands, output } of steps) {
    if (output === undefined) await printed(commands, env, folder);
    else await expect.poll(() => printed(commands, env, folder), { timeout: 60_000 }).toBe(output);
  }
}, 300_000);

/** A line of the README that runs a program in the background. */
async function start(line: string): Promise<void> {
  const [, program = '', file = ''] = /^(npx switchyard|node) (\S+) &$/.exec(line) ?? [];
  // What npx runs: it would end before its child does.
  const command = program === 'node' ? process.execPath : join(folder, 'node_modules/.bin/switchyard');
  const logFile = join(folder, `${file}.log`);
  running.push(await startChild({ command, args: [file], env, logFile, stopSignal: 'SIGTERM', cwd: folder }));
}
