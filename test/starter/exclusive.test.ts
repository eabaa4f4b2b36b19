import { beforeEach, describe, expect, test } from 'vitest';
import { createJobActivities } from '../../src/activities/rows/transitions.ts';
import { JobWait } from '../../src/activities/work/interruptions.ts';
import type { Pool } from '../../src/platform/database.ts';
import { claimOnce } from '../support/claims.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { inFlight, insertLetter, readLetter } from '../support/letters/rows.ts';
import { silentLogger } from '../support/logger.ts';

let pool: Pool;
eachTestHasLetters((opened) => {
  pool = opened;
});

const queue = lettersQueue({
  key: { column: 'customer', claimIndex: 'letters_claim_by_key_idx', maxInFlight: 1 },
});

const claim = () => claimOnce(pool, queue);

describe('a unique index on the key of the rows in flight', () => {
  beforeEach(() =>
    pool.query(`CREATE UNIQUE INDEX one_at_a_time ON letters (customer) WHERE status = 'processing'`),
  );

  test('keeps one row out of a claim, and none of the others', async () => {
    // In flight by hand, without the time that counts go by.
    await pool.query('ALTER TABLE letters DROP CONSTRAINT letters_in_flight_names_its_run');
    const byHand = await insertLetter(pool, { ...inFlight, customer: 'a' });
    await pool.query('UPDATE letters SET started_at = NULL WHERE id = $1', [byHand]);
    const kept = await insertLetter(pool, { customer: 'a' });
    const other = await insertLetter(pool, { customer: 'b' });
    expect(await claim()).toMatchObject({
      started: [{ id: other, attempt: 1 }],
      left: [{ id: kept, why: 'kept out' }],
    });
    expect(await readLetter(pool, kept)).toMatchObject({ status: 'queued', attempt: 0, run_id: null });
    expect(await readLetter(pool, other)).toMatchObject({ status: 'processing', run_id: `run of ${other}` });
  });

  test('lets one of two go where the limits allow more', async () => {
    await pool.query(`INSERT INTO switchyard.key_limits (queue, key, in_flight) VALUES ('letters', 'a', 2)`);
    const ids = [await insertLetter(pool, { customer: 'a' }), await insertLetter(pool, { customer: 'a' })];
    expect(await claim()).toMatchObject({ started: [{ id: ids[0] }], left: [{ id: ids[1] }] });
  });

  test('makes a run that takes over its row wait until there is room', async () => {
    const jobs = createJobActivities({ pool, queues: [queue], workerId: 'worker-1', log: silentLogger });
    await pool.query(`INSERT INTO switchyard.key_limits (queue, key, in_flight) VALUES ('letters', 'a', 2)`);
    const before = await insertLetter(pool, { ...inFlight, customer: 'a' });
    const id = await insertLetter(pool, { customer: 'a' });
    const begin = () => jobs.begin({ queue: 'letters', jobId: id, requestId: null, runIds: ['r1'] });
    await expect(begin()).rejects.toBeInstanceOf(JobWait);
    expect(await readLetter(pool, id)).toMatchObject({ status: 'queued', run_id: null });
    await pool.query(`UPDATE letters SET status = 'canceled' WHERE id = $1`, [before]);
    expect(await begin()).toMatchObject({ kind: 'mine', attempt: 1 });
  });
});
