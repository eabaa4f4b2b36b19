import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JobFilter, listedStates, walkFor } from '../../src/operations/job-filter.ts';
import { statementsOf } from '../../src/operations/queue-status.ts';
import { requireQueue } from '../../src/operations/registered-queue.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { behind, countOfJobs, pageOfJobs } from '../../src/sql/job-lists.ts';
import { asAdministrator } from '../support/database.ts';
import { createLettersDatabase } from '../support/letters/database.ts';

let pool: Pool;
let close: () => Promise<void>;
beforeAll(async () => {
  const database = await createLettersDatabase();
  pool = createPool({
    connectionString: asAdministrator(database.url),
    applicationName: 'test',
    max: 1,
    onError: () => undefined,
  });
  close = async () => {
    await pool.end();
    await database.drop();
  };
  await pool.query(`SELECT switchyard.create_queue('mails', 'w', 'tq')`);
  await pool.query('SET session_replication_role = replica');
  for (const [status, rows] of [
    ['complete', 60_000],
    ['queued', 20_000],
    ['failed', 5_000],
    ['canceled', 5_000],
    ['processing', 100],
  ] as const) {
    await pool.query(
      `INSERT INTO switchyard_jobs.mails (id, workflow_id, status, key, priority, run_at, created_at, run_id, started_at, error_code, failed_at, canceled_at)
       SELECT gen_random_uuid(), 'w' || n, $1, 'k' || n % 100, n % 3, CASE WHEN $1 = 'queued' AND n % 10 = 0 THEN now() + n * interval '1 second' END,
              now() - n * interval '1 second', 'r', now() - n * interval '1 second', 'E', now() - n * interval '1 second',
              now() - n * interval '1 second'
         FROM generate_series(1, $2) AS n`,
      [status, rows],
    );
  }
  await pool.query('ANALYZE switchyard_jobs.mails');
});
afterAll(() => close());

/** The most rows that any step of the plan went through, with the plan. */
async function rowsRead(statement: string, values: unknown[]): Promise<{ rows: number; plan: string }> {
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) ${statement}`,
    values,
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  const read = [...plan.matchAll(/actual rows=([\d.]+) loops=(\d+)/g)].map(
    ([, count, loops]) => Number(count) * Number(loops),
  );
  const removed = [...plan.matchAll(/Rows Removed by (?:Index Recheck|Filter): (\d+)/g)].map(([, n]) =>
    Number(n),
  );
  return { rows: Math.max(0, ...read, ...removed), plan };
}

/** What a sort of rows with one time may read ahead: an index on the time alone serves those that are delayed. */
const sortedAhead = 64;

const filters: [string, JobFilter][] = [
  ['all', {}],
  ...listedStates
    .filter((state) => !['parked', 'complete', 'other'].includes(state))
    .map((state): [string, JobFilter] => [state, { status: [state] }]),
  ['a time of the insert', { createdBefore: new Date(Date.now() - 30_000_000).toISOString() }],
  ['a time of the end', { status: ['failed'], endedBefore: new Date(Date.now() - 3_000_000).toISOString() }],
];

test.each(filters)(
  'a page of jobs by %s reads its rows alone, in both orders and from a cursor on',
  async (_, filter) => {
    const queue = await requireQueue(pool, 'mails');
    for (const direction of ['ASC', 'DESC'] as const) {
      const walk = walkFor(queue, filter, 3);
      const first = pageOfJobs({ ...walk, columns: 'job.id', direction });
      const { rows, plan } = await rowsRead(first, [51, 51, ...walk.values]);
      expect(rows, plan).toBeLessThanOrEqual(51 + sortedAhead);
      const { place } =
        (await pool.query<{ place: string[] }>(first, [51, 51, ...walk.values])).rows[50] ?? {};
      const within = [...walk.within, behind(walk.sort, direction, 3 + walk.values.length)];
      const next = pageOfJobs({ ...walk, within, columns: 'job.id', direction });
      const second = await rowsRead(next, [51, 51, ...walk.values, ...(place ?? [])]);
      expect(second.rows, second.plan).toBeLessThanOrEqual(51 + sortedAhead);
    }
  },
);

test.each<[string, JobFilter, number]>([
  ['a text', { q: 'w59999' }, 2_000],
  ['a key of those that wait', { status: ['queued'], key: 'k7' }, 2_000],
  ['a value of a column', { columns: { attempt: '5' } }, 2_000],
])('a page of jobs by %s looks at so many rows and no more', async (_, filter, most) => {
  const queue = await requireQueue(pool, 'mails');
  const walk = walkFor(queue, filter, 3);
  const page = pageOfJobs({ ...walk, columns: 'job.id', direction: 'DESC' });
  const { rows, plan } = await rowsRead(page, [most, 51, ...walk.values]);
  expect(rows, plan).toBeLessThanOrEqual(most);
});

test.each(filters)('a count of jobs by %s looks at so many rows and no more', async (_, filter) => {
  const queue = await requireQueue(pool, 'mails');
  const walk = walkFor(queue, filter, 2);
  const count = countOfJobs({ ...walk, columns: '', direction: 'DESC' });
  const { rows, plan } = await rowsRead(count, [1_000, ...walk.values]);
  expect(rows, plan).toBeLessThanOrEqual(1_000 + sortedAhead);
});

test('the counts of a queue read what they count alone, however the states lie in the table', async () => {
  const queue = await requireQueue(pool, 'mails');
  const { statements } = statementsOf(queue);
  const { rows, plan } = await rowsRead(statements.count.replaceAll('LIMIT 10000', 'LIMIT 1000'), []);
  expect(rows, plan).toBeLessThanOrEqual(1_000 + sortedAhead);
});
