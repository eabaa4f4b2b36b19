import { describe, expect, test } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import { claimOnce } from '../support/claims.ts';
import { eachTestHasPool } from '../support/database.ts';
import { inFlight, insertJob, testQueue } from '../support/jobs.ts';
import { insertRedrive, testRedrivesQueue } from '../support/redrives.ts';

let pool: Pool;
eachTestHasPool((opened) => {
  pool = opened;
});

const first = testQueue({ maxInFlight: 1 });
const queue = { ...testRedrivesQueue(), after: first };

/** Claims from the queue that goes after invoices. */
const claim = () => claimOnce(pool, queue);

describe('a queue that goes after another', () => {
  test('claims nothing while rows of that one wait', async () => {
    await insertRedrive(pool);
    const id = await insertJob(pool);
    expect(await claim()).toMatchObject({ started: [], heldBy: 'after' });
    await pool.query(`UPDATE jobs SET cancel_requested_at = now() WHERE id = $1`, [id]);
    expect((await claim()).started).toHaveLength(1);
  });

  test.each([
    ['whose time has not come', () => insertJob(pool, { run_at: new Date('2100-01-01') })],
    [
      'of a queue that is paused',
      async () => {
        await insertJob(pool);
        await pool.query(`SELECT switchyard.pause_queue('invoices', 'test')`);
      },
    ],
    [
      'of a queue whose outside system is paused',
      async () => {
        await insertJob(pool);
        await pool.query(`SELECT switchyard.pause_system('gateway', 'test')`);
      },
    ],
    [
      'of a queue that has no room in flight',
      async () => {
        await insertJob(pool);
        await insertJob(pool, inFlight);
      },
    ],
  ])('does not wait for rows %s', async (_, insert) => {
    await insertRedrive(pool);
    await insert();
    expect((await claim()).started).toHaveLength(1);
  });
});
