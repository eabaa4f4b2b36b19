import { expect, test } from 'vitest';
import type { Pool } from '../../../src/platform/database.ts';
import { verifyQueue } from '../../../src/verify/queues.ts';
import { claimOnce } from '../../../test/support/claims.ts';
import { eachTestHasPool } from '../../../test/support/database.ts';
import { insertJob, readJob, testQueue } from '../../../test/support/jobs.ts';

let pool: Pool;
eachTestHasPool((opened) => {
  pool = opened;
});

test('the table fits its queue, with the indexes that claims need', async () => {
  await expect(verifyQueue(pool, testQueue())).resolves.toBeUndefined();
});

test('an invoice set back to queued starts clean and keeps its run, so that the old one is told apart', async () => {
  const id = await insertJob(pool);
  await claimOnce(pool, testQueue());
  await pool.query(
    `UPDATE jobs SET status = 'failed', error_code = 'GW_5XX', error_message = 'x', failed_at = now(),
            leased_by = NULL, lease_expires_at = NULL WHERE id = $1`,
    [id],
  );
  await pool.query(`UPDATE jobs SET status = 'queued' WHERE id = $1`, [id]);
  expect(await readJob(pool, id)).toMatchObject({
    status: 'queued',
    error_code: null,
    run_id: `run of ${id}`,
  });
});

test.each([
  ['a complete row without a result', `UPDATE jobs SET status = 'complete', completed_at = now()`],
  ['a failed row without a code', `UPDATE jobs SET status = 'failed', failed_at = now()`],
  ['a row in flight without a run', 'UPDATE jobs SET run_id = NULL'],
  ['a negative attempt', 'UPDATE jobs SET attempt = -1'],
])('the table refuses %s', async (_, statement) => {
  await insertJob(pool, { status: 'processing', run_id: 'r1', started_at: new Date() });
  await expect(pool.query(statement)).rejects.toThrow(/violates check constraint/);
});
