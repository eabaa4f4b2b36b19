import { beforeEach, expect, test } from 'vitest';
import { readBurnRates, readMinutes, readRates } from '../../src/operations/history.ts';
import { inTransaction, type Pool } from '../../src/platform/database.ts';
import { makeMinutes } from '../../src/platform/history.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { insertLetter } from '../support/letters/rows.ts';

let pool: Pool;
eachTestHasLetters((given) => {
  pool = given;
});

/** The beginning of the minute before last. Read once: the next minute may begin while a test runs. */
let minute: Date;
beforeEach(async () => {
  const { rows } = await pool.query(
    `SELECT date_trunc('minute', clock_timestamp()) - interval '2 minutes' AS at`,
  );
  minute = rows[0].at;
});

const secondsAfter = (seconds: number) => new Date(minute.getTime() + seconds * 1_000);

type Move = readonly [seconds: number, from: string | null, to: string];

/** A letter with this history in place of its own. */
async function letterWith(moves: readonly Move[], runAt?: number): Promise<void> {
  const id = await insertLetter(pool);
  await inTransaction(pool, async (tx) => {
    await tx.query(`SET LOCAL switchyard.retention = 'on'`);
    await tx.query('DELETE FROM switchyard.job_events WHERE job_id = $1', [id]);
    for (const [seconds, from, to] of moves)
      await tx.query(
        `INSERT INTO switchyard.job_events (at, queue, job_id, attempt, from_status, to_status, actor)
         VALUES ($1, 'letters', $2, 1, $3, $4, 'test')`,
        [secondsAfter(seconds), id, from, to],
      );
    if (runAt !== undefined)
      await tx.query('UPDATE letters SET run_at = $1 WHERE id = $2', [secondsAfter(runAt), id]);
  });
}

async function makeAll(): Promise<void> {
  while ((await makeMinutes(pool)) > 0);
}

const whole = (started: number, ended: number, to = 'complete'): Move[] => [
  [0, null, 'queued'],
  [started, 'queued', 'processing'],
  [ended, 'processing', to],
];

test('a minute has what happened in it, and how long jobs waited and took', async () => {
  await letterWith(whole(2, 10));
  await letterWith(whole(4, 20, 'failed'));
  await letterWith([
    [0, null, 'queued'],
    [1, 'queued', 'queued'],
    [5, 'queued', 'canceled'],
  ]);
  await makeAll();
  expect(await readMinutes(pool, 'letters', 60)).toEqual([
    {
      at: expect.stringMatching(/:00\.000Z$/),
      inserted: 3,
      started: 2,
      complete: 1,
      failed: 1,
      canceled: 1,
      waitP50: 2,
      waitP95: 4,
      totalP95: 20,
    },
  ]);
});

test('a job waits from when it could start: from its time, or from when it was tried again', async () => {
  await letterWith(whole(30, 31), 27);
  await makeAll();
  expect(await readMinutes(pool, 'letters', 60)).toMatchObject([{ waitP95: 3, totalP95: 31 }]);
  await letterWith([...whole(0, 10, 'failed'), [20, 'failed', 'queued'], [26, 'queued', 'processing']]);
  await pool.query('DELETE FROM switchyard.history_progress');
  await makeAll();
  expect(await readMinutes(pool, 'letters', 60)).toMatchObject([{ waitP50: 3, waitP95: 6 }]);
});

test('a minute is made once more three minutes later, with what was committed late', async () => {
  const twoMinutesEarlier = whole(2, 10).map(([seconds, from, to]): Move => [seconds - 120, from, to]);
  await letterWith(twoMinutesEarlier);
  await makeAll();
  await letterWith(twoMinutesEarlier);
  expect(await readMinutes(pool, 'letters', 60)).toMatchObject([{ inserted: 1 }]);
  await pool.query(`UPDATE switchyard.history_progress SET done_until = done_until - interval '1 minute'`);
  await makeAll();
  expect(await readMinutes(pool, 'letters', 60)).toMatchObject([{ inserted: 2 }]);
});

test('rates are jobs a minute over five minutes', async () => {
  for (let i = 0; i < 5; i += 1) await letterWith(whole(2, 10));
  await makeAll();
  expect((await readRates(pool)).get('letters')).toEqual({ inserted: 1, started: 1, complete: 1, failed: 0 });
  expect((await readRates(pool)).get('redrives')).toBeUndefined();
});

test('an objective is missed as fast as jobs are late, by what it allows', async () => {
  await pool.query(
    `INSERT INTO switchyard.objectives (queue, of, seconds, part) VALUES ('letters', 'waiting', 3, 0.75), ('letters', 'total', 60, 0.9)`,
  );
  await letterWith(whole(2, 10));
  await letterWith(whole(4, 10));
  await makeAll();
  const rates = await readBurnRates(pool, 'letters');
  expect(rates.filter(({ of }) => of === 'waiting').map(({ minutes, rate }) => [minutes, rate])).toEqual([
    [5, 2],
    [30, 2],
    [60, 2],
    [360, 2],
  ]);
  expect(rates.filter(({ of }) => of === 'total').every(({ rate }) => rate === 0)).toBe(true);
  expect(await readBurnRates(pool, 'redrives')).toEqual([]);
});

test('one process at a time makes them', async () => {
  await letterWith(whole(2, 10));
  await inTransaction(pool, async (tx) => {
    await tx.query('SELECT switchyard.keep_history()');
    expect(await makeMinutes(pool)).toBe(0);
  });
});

test('minutes are removed after eight days, and changes of queues after one', async () => {
  await pool.query(
    `INSERT INTO switchyard.queue_minutes (minute, queue, inserted, started, complete, failed, canceled)
     SELECT clock_timestamp() - (days + 0.5) * interval '1 day', 'letters', 1, 1, 1, 1, 1 FROM generate_series(6, 12) AS days`,
  );
  await pool.query(`UPDATE switchyard.queue_changes SET at = at - interval '2 days'`);
  await makeAll();
  expect(await readMinutes(pool, 'letters', 100 * 24 * 60)).toHaveLength(2);
  expect((await pool.query('SELECT FROM switchyard.queue_changes')).rowCount).toBe(1);
});
