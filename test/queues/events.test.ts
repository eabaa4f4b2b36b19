import { describe, expect, test } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';

let pool: Pool;
eachTestHasLetters(
  (opened) => {
    pool = opened;
  },
  { applicationName: 'psql of Ada' },
);

const events = async () =>
  (await pool.query('SELECT * FROM switchyard.job_events ORDER BY id')).rows as Record<string, unknown>[];
const inFlight = { status: 'processing', run_id: 'r1', attempt: 1, started_at: new Date() };

describe('an event', () => {
  test('is written of every insert and every transition, with who made it', async () => {
    const id = await insertLetter(pool);
    await pool.query(
      `UPDATE letters SET status = 'processing', run_id = 'r1', attempt = 1, started_at = now()`,
    );
    await pool.query(
      `UPDATE letters SET status = 'failed', failed_at = now(), error_code = 'CARRIER_REFUSED', error_message = 'no stamp'`,
    );
    const job = { queue: 'letters', job_id: id, actor: 'psql of Ada' };
    expect(await events()).toMatchObject([
      { ...job, from_status: null, to_status: 'queued', attempt: 0 },
      { ...job, from_status: 'queued', to_status: 'processing', attempt: 1, run_id: 'r1' },
      { ...job, from_status: 'processing', to_status: 'failed', code: 'CARRIER_REFUSED', detail: 'no stamp' },
    ]);
  });

  test('is undone by a ROLLBACK', async () => {
    await pool.query(`BEGIN; INSERT INTO letters (enclosure) VALUES ('a.txt'); ROLLBACK`);
    expect(await events()).toEqual([]);
  });

  test('is written of a request to cancel a running job', async () => {
    await insertLetter(pool, inFlight);
    await pool.query('UPDATE letters SET cancel_requested_at = now()');
    expect((await events()).at(-1)).toMatchObject({ code: 'CANCEL_REQUESTED', to_status: 'processing' });
  });

  test('names the actor and the reason that the transaction was given', async () => {
    await insertLetter(pool);
    await pool.query(
      `BEGIN; SET LOCAL switchyard.actor = 'token ops'; SET LOCAL switchyard.detail = 'asked by phone';
       UPDATE letters SET cancel_requested_at = now(); COMMIT`,
    );
    expect((await events()).at(-1)).toMatchObject({
      actor: 'token ops',
      detail: 'asked by phone',
      to_status: 'canceled',
    });
  });

  test('is not written of a change that is no transition', async () => {
    await insertLetter(pool);
    await pool.query('UPDATE letters SET priority = 5');
    expect(await events()).toHaveLength(1);
  });
});

test('a row that is set to canceled by hand gets the time of its end', async () => {
  const id = await insertLetter(pool, inFlight);
  await pool.query(`UPDATE letters SET status = 'canceled' WHERE id = $1`, [id]);
  expect((await readLetter(pool, id)).canceled_at).toBeInstanceOf(Date);
});

describe('events are append-only', () => {
  test.each([
    ['update', `UPDATE switchyard.job_events SET actor = 'nobody'`],
    ['delete', 'DELETE FROM switchyard.job_events'],
    ['truncate', 'TRUNCATE switchyard.job_events'],
  ])('%s is refused', async (_, statement) => {
    await insertLetter(pool);
    await expect(pool.query(statement)).rejects.toThrow(/append-only/);
    expect(await events()).toHaveLength(1);
  });

  test('but retention removes old ones, so many at a time', async () => {
    for (let i = 0; i < 3; i++) await insertLetter(pool);
    const remove = async (before: string) =>
      (await pool.query(`SELECT switchyard.remove_events(${before}, 2) AS removed`)).rows[0].removed;
    expect(await remove(`now() - interval '1 hour'`)).toBe(0);
    expect(await remove('clock_timestamp()')).toBe(2);
    expect(await remove('clock_timestamp()')).toBe(1);
  });
});

describe('a transition that is not legal is refused', () => {
  test.each([
    ['queued → failed', {}, `status = 'failed', error_code = 'UNKNOWN', failed_at = now()`],
    [
      'complete → processing',
      { ...inFlight },
      `status = 'complete', result_path = 'r', result_bytes = 1,
      result_sha256 = repeat('0', 64), completed_at = now()`,
      `status = 'processing'`,
    ],
    [
      'canceled → failed',
      {},
      `cancel_requested_at = now()`,
      `status = 'failed', error_code = 'UNKNOWN', failed_at = now()`,
    ],
  ])('%s', async (_, fields, ...changes) => {
    const id = await insertLetter(pool, fields);
    const last = changes.pop();
    for (const change of changes) await pool.query(`UPDATE letters SET ${change}`);
    const before = await readLetter(pool, id);
    await expect(pool.query(`UPDATE letters SET ${last}`)).rejects.toThrow(/cannot go from/);
    expect(await readLetter(pool, id)).toEqual(before);
  });
});
