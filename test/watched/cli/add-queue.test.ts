import { afterAll, beforeAll, expect, test } from 'vitest';
import { addQueue } from '../../../src/cli/add-queue.ts';
import { UsageError } from '../../../src/cli/command.ts';
import { switchyard, switchyardJson } from '../../support/watched/command-line.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
beforeAll(async () => {
  yard = await openWatchedYard();
  await yard.pool.query(`
    CREATE TABLE public."Orders; x" (
      id bigint PRIMARY KEY, state text, customer text, job_status text, "result, of it" jsonb)`);
});
afterAll(() => yard.close());

const env = () => ({ databaseUrl: yard.databaseUrl });

const flagsOf = (name: string) => [
  ...[
    'add-queue',
    name,
    '--table',
    'public."Orders; x"',
    '--workflow',
    "it's; DROP",
    '--task-queue',
    yard.taskQueue,
  ],
  ...['--start-when', `NEW.state = 'paid; --'\nAND true`, '--input', "jsonb_build_object('order', NEW.id)"],
  ...['--workflow-id', 'order-{id}', '--key', 'customer', '--max-in-flight', '3', '--no-fair'],
  ...['--execution-timeout', '2 days', '--mirror', '{"status": "job_status", "result": "result, of it"}'],
];

const dollar = ["now() + length('$", "{x}') * interval '1 hour'"].join('');

async function registered(name: string) {
  const { rows } = await yard.pool.query(
    `SELECT workflow, task_queue, source::text, source_id, start_when, input, workflow_id, key, max_in_flight, fair,
            execution_timeout = '2 days' AS two_days, mirror
       FROM switchyard.queues WHERE name = $1`,
    [name],
  );
  return rows[0];
}

const asAsked = {
  workflow: "it's; DROP",
  source: '"Orders; x"',
  source_id: 'id',
  start_when: "NEW.state = 'paid; --'\nAND true",
  input: "jsonb_build_object('order', NEW.id)",
  workflow_id: 'order-{id}',
  key: 'customer',
  max_in_flight: 3,
  fair: false,
  two_days: true,
  mirror: { status: 'job_status', result: 'result, of it' },
};

test('add-queue makes rows jobs, says that nobody polls the task queue, and drop-queue undoes it', async () => {
  const made = await switchyardJson(flagsOf('orders'), env());
  expect(made).toEqual({
    queue: 'orders',
    workflow: "it's; DROP",
    taskQueue: yard.taskQueue,
    table: 'public."Orders; x"',
    pollers: 0,
    warnings: [expect.stringContaining(`nobody polls the task queue "${yard.taskQueue}"`)],
  });
  expect(await registered('orders')).toMatchObject({ ...asAsked, task_queue: yard.taskQueue });
  await yard.pool.query(`INSERT INTO public."Orders; x" VALUES (1, 'paid; --', 'ann'), (2, 'open', 'ann')`);
  const jobs = await yard.pool.query('SELECT workflow_id, key FROM switchyard_jobs.orders');
  expect(jobs.rows).toEqual([{ workflow_id: 'order-1', key: 'ann' }]);

  expect(await switchyardJson(['drop-queue', 'orders'], env())).toEqual({ queue: 'orders', dropped: true });
  expect(await registered('orders')).toBeUndefined();
});

test('add-queue --sql prints a migration that needs no database, and its undo', async () => {
  const flags = [...flagsOf('sold'), '--run-at', dollar, '--sql'];
  const [{ stdout: up, stderr, code }, { stdout: down }] = await Promise.all([
    switchyard(flags),
    switchyard([...flags, '--undo']),
  ]);
  expect(code).toBe(0);
  // Flyway would take it for a placeholder.
  expect(stderr).toContain('placeholderReplacement=false');
  expect(down.split('\n').filter((line) => !line.startsWith('--'))).toEqual([
    "SELECT switchyard.drop_queue('sold');",
    '',
  ]);

  await yard.pool.query(up);
  expect(await registered('sold')).toMatchObject({ ...asAsked, task_queue: yard.taskQueue });

  await yard.pool.query(down);
  expect(await registered('sold')).toBeUndefined();
});

test('add-queue without a table makes a queue for enqueue, also while Temporal is away', async () => {
  await yard.runWorker();
  const { stdout, stderr } = await switchyard(
    ['add-queue', 'mails', '--workflow', 'echo', '--task-queue', yard.taskQueue],
    env(),
  );
  expect(stderr).not.toContain('nobody polls');
  expect(stdout).toContain("switchyard.enqueue('mails'");
  await yard.pool.query(`SELECT switchyard.enqueue('mails', '{"to": "ann"}')`);

  const away = await switchyard(['add-queue', 'notes', '--workflow', 'echo', '--task-queue', 'q'], {
    ...env(),
    TEMPORAL_ADDRESS: '127.0.0.1:1',
  });
  expect(away.code).toBe(0);
  expect(away.stderr).toContain('it was not checked whether anybody polls the task queue "q"');
});

test("a refusal shows Postgres's message and hint, and nothing is made", async () => {
  const taken = await switchyard(['add-queue', 'webhooks', '--workflow', 'echo', '--task-queue', 'q'], env());
  expect(taken).toMatchObject({ code: 4, stdout: '' });
  expect(taken.stderr).toContain('there is a queue "webhooks" already (SQLSTATE 42710)');
  expect(taken.stderr).toContain('Hint: ');

  const none = await switchyard(['drop-queue', 'nowhere', '--json'], env());
  expect(none).toMatchObject({ code: 3, stdout: '' });
  expect(none.stderr).toContain('nowhere');
});

test.each([
  [['add-queue'], 'NAME is missing'],
  [['add-queue', 'x', '--workflow', 'w'], '--task-queue is missing'],
  [['add-queue', 'x', 'y', '--workflow', 'w', '--task-queue', 'q'], '"y" is one word too many'],
  [
    ['add-queue', 'x', '--workflow', 'w', '--task-queue', 'q', '--task-queue', 'r'],
    '--task-queue is given twice',
  ],
  [
    ['add-queue', 'x', '--workflow', 'w', '--task-queue', 'q', '--max-in-flight', '3x'],
    '--max-in-flight must be',
  ],
  [['add-queue', 'x', '--workflow', 'w', '--task-queue', 'q', '--mirror', 'status'], '--mirror must be'],
  [['add-queue', 'x', '--workflow', 'w', '--task-queue', 'q', '--tabel', 'orders'], "'--tabel'"],
])('a usage error of %j says %j', async (args, words) => {
  const [, ...rest] = args;
  const error: unknown = await addQueue.run(rest).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(UsageError);
  expect(String(error)).toContain(words);
});

test('a usage error ends with 2 and prints nothing on standard output', async () => {
  const { code, stdout, stderr } = await switchyard(['add-queue', 'orders', '--table', 'public.orders']);

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('--workflow is missing');
});
