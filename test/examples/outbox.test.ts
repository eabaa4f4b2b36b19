import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { compileCache } from '../../server/dev/roles.ts';
import { installExample } from '../package/install.ts';
import { createEmptyDatabase } from '../support/database.ts';

const taskQueue = `switchyard-${randomUUID()}`;
let folder: string;
let database: Awaited<ReturnType<typeof createEmptyDatabase>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-outbox-'));
  database = await createEmptyDatabase();
  await installExample('replace-your-outbox', folder);
}, 300_000);

afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, args, {
    cwd: folder,
    timeout: 280_000,
    env: {
      ...compileCache,
      PATH: process.env['PATH'],
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TASK_QUEUE: taskQueue, // other databases share this Temporal
    },
  });

/** The columns of the table that the example prints, for the way of this name. */
function seenOf(way: string, printed: string): string[] {
  const line = printed.split('\n').find((one) => one.includes(`'${way}'`)) ?? '';
  return line
    .split('│')
    .map((cell) => cell.trim())
    .slice(4, -1);
}

test('under kill -9 starting after COMMIT loses orders, an outbox doubles them, Switchyard does neither', async () => {
  await run('node_modules/.bin/switchyard', 'init');
  const { stdout } = await run('try.ts', '--kills', '3');
  console.info(stdout);
  const [, lost, twice] = seenOf('Switchyard', stdout);
  expect({ lost, twice }).toEqual({ lost: '0', twice: '0' });
  expect(seenOf('start after COMMIT', stdout)[1]).not.toBe('0');
  expect(seenOf('outbox', stdout)[2]).not.toBe('0');
}, 300_000);
