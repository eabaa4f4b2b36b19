import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadQueues } from '../../../src/cli/queue-file.ts';
import { syncQueue } from '../../../src/cli/sync-queue.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { createLettersDatabase } from '../../support/letters/database.ts';
import { switchyard, switchyardJson } from '../../support/watched/command-line.ts';

interface Synced {
  dryRun: boolean;
  queues: { queue: string; action: string; changes: unknown[]; reason: string | null }[];
  notInFile: string[];
}

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let pool: Pool;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-sync-'));
  database = await createLettersDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 4,
    onError: () => undefined,
  });
  await pool.query(`CREATE TABLE orders (id bigint PRIMARY KEY, state text, job_status text)`);
  await pool.query(`CREATE TABLE refunds (id bigint PRIMARY KEY)`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await pool.query(`SELECT switchyard.drop_queue(name) FROM switchyard.queues WHERE kind = 'watched'`);
});

const env = () => ({ databaseUrl: database.url });

/** A module as a user writes it; `definitions` is what it exports. */
async function moduleOf(name: string, definitions: string): Promise<string> {
  const file = join(folder, `${name}.mts`);
  const client = JSON.stringify(resolve('src/client/define-queue.ts'));
  await writeFile(
    file,
    `import { defineQueue } from ${client};\ntype Typed = string;\nexport const about: Typed = 'queues';\n${definitions}\n`,
  );
  return file;
}

const orders = (more = '') =>
  `export const orders = defineQueue('orders', { workflow: 'processOrder', taskQueue: 'shop', table: 'public.orders',
     startWhen: "NEW.state = 'paid'", executionTimeout: '2 days', mirror: { status: 'job_status' }, ${more} });`;
const mails = (more = '') =>
  `export const list = [defineQueue('mails', { workflow: 'sendMail', taskQueue: 'shop', ${more} })];`;

const actionsOf = ({ queues }: Synced) =>
  Object.fromEntries(queues.map(({ queue, action }) => [queue, action]));

const syncAll = async (file: string, dryRun = false) =>
  Promise.all((await loadQueues(file)).map((queue) => syncQueue(pool, queue, { dryRun })));

test('sync makes what is missing, changes what differs, drops nothing, and does nothing again', async () => {
  await pool.query(`SELECT switchyard.create_queue('older', 'w', 'q')`);
  const first = await moduleOf('first', orders() + mails());
  const made = await Promise.all([syncAll(first), syncAll(first)]);
  const actions = made.flat().map(({ queue, action }) => `${queue} ${action}`);
  expect(actions.toSorted()).toEqual([
    'mails created',
    'mails unchanged',
    'orders created',
    'orders unchanged',
  ]);

  const second = await moduleOf('second', orders(`key: 'state', fair: false`) + mails('runTimeout: 90_000'));
  const planned = await syncAll(second, true);
  const { code, stdout, stderr } = await switchyard(['sync', second], env());

  expect(code).toBe(0);
  expect(stdout).toMatch(/changed +orders +key none → "state", fair true → false/);
  expect(stdout).toMatch(/changed +mails +run_timeout none → "90 seconds"/);
  expect(stdout).toMatch(/left +older +not in .*second.mts; switchyard drop-queue older removes it/);
  expect(stderr).toContain('nobody polls the task queue "shop"');
  expect(Object.fromEntries(planned.map(({ queue, changes }) => [queue, changes]))).toEqual({
    orders: [
      { field: 'key', from: null, to: 'state' },
      { field: 'fair', from: true, to: false },
    ],
    mails: [{ field: 'run_timeout', from: null, to: '90 seconds' }],
  });
  await pool.query(`INSERT INTO orders VALUES (1, 'paid')`);
  expect((await pool.query('SELECT key FROM switchyard_jobs.orders')).rows).toEqual([{ key: 'paid' }]);

  const again = await switchyardJson<Synced>(['sync', second, '--dry-run'], env());
  expect(actionsOf(again)).toEqual({ orders: 'unchanged', mails: 'unchanged' });
  expect(again.notInFile).toEqual(['older']);
});

test('sync --sql prints what it would do, and what undoes it', async () => {
  const before = async () =>
    (
      await pool.query(`SELECT name, workflow, task_queue, mirror, execution_timeout::text FROM switchyard.queues
                        WHERE kind = 'watched' ORDER BY name`)
    ).rows;
  await pool.query(
    `SELECT switchyard.create_queue('mails', 'it''s', 'q', execution_timeout => '90 minutes')`,
  );
  const old = await before();
  const file = await moduleOf('sql', orders() + mails());

  const [{ stdout }, sql] = await Promise.all([
    switchyard(['sync', file, '--sql'], env()),
    switchyardJson<{ down: string }>(['sync', file, '--sql'], env()),
  ]);
  expect(await before()).toEqual(old);

  await pool.query(stdout);
  expect(await before()).toEqual([
    { name: 'mails', workflow: 'sendMail', task_queue: 'shop', mirror: null, execution_timeout: null },
    {
      name: 'orders',
      workflow: 'processOrder',
      task_queue: 'shop',
      mirror: { status: 'job_status' },
      execution_timeout: '2 days',
    },
  ]);
  await pool.query(sql.down);
  expect(await before()).toEqual(old);
});

test('sync says what it cannot change, does the rest, and ends with 1', async () => {
  await pool.query(`SELECT switchyard.add_queue('orders', 'refunds', 'processOrder', 'shop')`);
  const file = await moduleOf(
    'refused',
    `${orders()}
     export default { letters: defineQueue('letters', { workflow: 'w', taskQueue: 'q' }),
                      bad: defineQueue('bad', { workflow: 'w', taskQueue: 'q', table: 'refunds', startWhen: 'NEW.nothing' }) };
     ${mails()}`,
  );

  const { code, stdout } = await switchyard(['sync', file, '--json'], env());

  expect(code).toBe(1);
  const synced = JSON.parse(stdout) as Synced;
  expect(actionsOf(synced)).toEqual({
    orders: 'refused',
    letters: 'refused',
    bad: 'refused',
    mails: 'created',
  });
  const reasons = Object.fromEntries(synced.queues.map(({ queue, reason }) => [queue, reason]));
  expect(reasons['orders']).toContain('its table is refunds, not public.orders');
  expect(reasons['letters']).toContain("of an application's own job table");
  expect(reasons['bad']).toContain('Hint: ');
});

test('a file without queues, or one that does not load, is refused', async () => {
  await expect(loadQueues(await moduleOf('none', ''))).rejects.toThrow('exports no queue');
  await expect(loadQueues(await moduleOf('broken', 'throw new Error("out of paper");'))).rejects.toThrow(
    'broken.mts cannot be loaded: out of paper',
  );
  await expect(loadQueues(join(folder, 'nowhere.ts'))).rejects.toThrow('cannot be loaded');
  const twice = await moduleOf(
    'twice',
    `${mails()} export const other = defineQueue('mails', { workflow: 'w', taskQueue: 'q' });`,
  );
  await expect(loadQueues(twice)).rejects.toThrow('defines the queue "mails" twice');
});
