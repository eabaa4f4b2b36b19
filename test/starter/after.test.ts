import { describe, expect, test } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import { claimOnce } from '../support/claims.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { inFlight, insertLetter } from '../support/letters/rows.ts';
import { insertRedrive, testRedrivesQueue } from '../support/redrives.ts';

let pool: Pool;
eachTestHasLetters((opened) => {
  pool = opened;
});

const first = lettersQueue({ maxInFlight: 1 });
const queue = { ...testRedrivesQueue(), after: first };

/** Claims from the queue that goes after letters. */
const claim = () => claimOnce(pool, queue);

describe('a queue that goes after another', () => {
  test('claims nothing while rows of that one wait', async () => {
    await insertRedrive(pool);
    const id = await insertLetter(pool);
    expect(await claim()).toMatchObject({ started: [], heldBy: 'after' });
    await pool.query(`UPDATE letters SET cancel_requested_at = now() WHERE id = $1`, [id]);
    expect((await claim()).started).toHaveLength(1);
  });

  test.each([
    ['whose time has not come', () => insertLetter(pool, { run_at: new Date('2100-01-01') })],
    [
      'of a queue that is paused',
      async () => {
        await insertLetter(pool);
        await pool.query(`SELECT switchyard.pause_queue('letters', 'test')`);
      },
    ],
    [
      'of a queue whose outside system is paused',
      async () => {
        await insertLetter(pool);
        await pool.query(`SELECT switchyard.pause_system('carrier', 'test')`);
      },
    ],
    [
      'of a queue that has no room in flight',
      async () => {
        await insertLetter(pool);
        await insertLetter(pool, inFlight);
      },
    ],
  ])('does not wait for rows %s', async (_, insert) => {
    await insertRedrive(pool);
    await insert();
    expect((await claim()).started).toHaveLength(1);
  });
});
