import { afterAll, beforeAll, expect, test } from 'vitest';
import { status } from '../../../src/cli/status.ts';
import type { Status } from '../../../src/operations/status-of-queues.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import { switchyard, switchyardJson } from '../../support/watched/command-line.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
beforeAll(async () => {
  yard = await openWatchedYard();
});
afterAll(() => yard.close());

const env = () => ({ databaseUrl: yard.databaseUrl });

async function queueOf(name: string): Promise<Status['queues'][number]> {
  const { queues } = await switchyardJson<Status>(['status'], env());
  const found = queues.find((queue) => queue.name === name);
  if (found === undefined) throw new Error(`status shows no queue ${name}`);
  return found;
}

test('status counts the jobs of a queue, and says who is there for it', async () => {
  const queue = await yard.createQueue('mails', 'echo', { max_in_flight: 7 });
  await yard.pool.query(`
    INSERT INTO switchyard_jobs.mails (id, workflow_id, status, run_at, created_at, priority, run_id, error_code, failed_at, canceled_at)
    SELECT gen_random_uuid(), 'mail', status, run_at, now() - age, priority, 'run', 'NO_ADDRESS', failed_at, canceled_at
      FROM (VALUES
        ('queued', NULL::timestamptz, '1 minute'::interval, 0, NULL::timestamptz, NULL::timestamptz),
        ('queued', NULL, '1 hour', 5, NULL, NULL),
        ('queued', now() + '1 day', '2 days', 0, NULL, NULL),
        ('processing', NULL, '3 days', 0, NULL, NULL),
        ('failed', NULL, '3 days', 0, now(), NULL),
        ('canceled', NULL, '3 days', 0, NULL, now())
      ) AS jobs (status, run_at, age, priority, failed_at, canceled_at)`);
  await yard.pool.query(`SELECT switchyard.pause_queue('mails', 'the post office is on strike')`);

  const found = await queueOf('mails');

  expect(found).toMatchObject({
    kind: 'watched',
    table: 'switchyard_jobs.mails',
    workflow: 'echo',
    taskQueue: queue.taskQueue,
    counts: { queued: 2, delayed: 1, processing: 1, failed: 1, canceled: 1 },
    errors: [{ code: 'NO_ADDRESS', jobs: 1 }],
    pauses: [{ scope: 'queue', reason: 'the post office is on strike' }],
    limits: { inFlight: 7, inFlightPerKey: null, startsPerSecond: null, fair: true },
    pollers: 0,
    served: false,
    problem: null,
  });
  expect(found.oldestWaitingSeconds).toBeGreaterThan(3_500);
  expect(found.oldestWaitingSeconds).toBeLessThan(7_200);
  const { stdout, stderr, code } = await switchyard(['status'], env());
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/mails +watched +echo on \S+ +2 +1 +1 +1 +1 +60 min/);
  expect(stdout).toContain('the post office is on strike');
  expect(stdout).toContain(`nobody polls its task queue "${queue.taskQueue}"`);
  expect(stdout).toContain('no starter is connected');
});

test('status of a queue shows its last failed jobs, and no control character of their messages', async () => {
  await yard.createQueue('hostile "queue"', 'echo');
  await yard.pool.query(
    `INSERT INTO switchyard_jobs."hostile ""queue""" (id, workflow_id, status, error_code, error_message, failed_at)
     SELECT gen_random_uuid(), 'w', 'failed', 'C' || n, E'red \\x1b[31m and\\nmore', now() - n * interval '1 minute'
       FROM generate_series(1, 12) AS n`,
  );

  const { stdout } = await switchyard(['status', 'hostile "queue"'], env());

  expect(stdout).not.toContain('\u001b');
  expect(stdout).toContain('red \\u001b[31m and\\u000amore');
  expect(stdout.match(/ C\d+ /g)).toEqual([
    ' C1 ',
    ' C2 ',
    ' C3 ',
    ' C4 ',
    ' C5 ',
    ' C6 ',
    ' C7 ',
    ' C8 ',
    ' C9 ',
    ' C10 ',
  ]);
});

test('status says that workers were not looked for while Temporal is away', async () => {
  await yard.createQueue('away', 'echo');

  const away = await switchyardJson<Status>(['status'], { ...env(), TEMPORAL_ADDRESS: '127.0.0.1:1' });

  expect(away.temporal).toMatchObject({ reached: false, problem: expect.stringContaining('Temporal') });
  expect(away.queues.find(({ name }) => name === 'away')).toMatchObject({ pollers: null });
});

test('status refuses what it does not know', async () => {
  await expect(status.run(['mails', 'orders'])).rejects.toThrow('"orders" is one word too many');
  await expect(status.run(['--yes'])).rejects.toThrow("'--yes'");
  const unknown = await switchyard(['status', 'nowhere'], env());
  expect(unknown.code).toBe(3);
  expect(unknown.stderr).toContain('there is no queue "nowhere"');
});

test('status says that the database is away, without its password', async () => {
  const { code, stdout, stderr } = await switchyard(['status'], {
    DATABASE_URL: 'postgres://me:secretpassword@127.0.0.1:1/none',
  });

  expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
  expect(stderr).toContain('the database cannot be reached (ECONNREFUSED)');
  expect(stderr).not.toContain('secretpassword');
});

test('status knows the queues of the shipped pipelines', async () => {
  const database = await createTestDatabase();
  const pool: Pool = createPool({
    connectionString: database.url,
    applicationName: 'switchyard starter someone',
    max: 1,
    onError: () => undefined,
  });
  try {
    await pool.query(`INSERT INTO switchyard.doorbells (queue, armed) VALUES ('invoices', true)`);

    const all = await switchyardJson<Status>(['status'], { databaseUrl: database.url });

    const shipped = ['agent-runs', 'builds', 'capture-sessions', 'deployments', 'invoices', 'uploads'];
    const queues = all.queues.filter(({ name }) => shipped.includes(name));
    expect(queues.map(({ name }) => name)).toEqual(shipped);
    for (const queue of queues) {
      const counts = { queued: 0, delayed: 0, processing: 0, failed: 0, canceled: 0 };
      expect(queue).toMatchObject({ kind: 'fenced', problem: null, counts, errors: [] });
    }
    expect(all.starters).toEqual(['someone']);
    expect(queues.filter(({ served }) => served).map(({ name }) => name)).toEqual(['invoices']);
  } finally {
    await pool.end();
    await database.drop();
  }
});
