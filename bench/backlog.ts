import { inTransaction, type Pool } from '../src/platform/database.ts';
import type { BenchContext } from './context.ts';

const chunk = 250_000;

/** Fills an empty `jobs` with waiting rows. Its indexes are made afterwards, which is faster and leaves them as they were. */
export async function fillBacklog(context: BenchContext, pool: Pool, rows: number): Promise<void> {
  const { rows: indexes } = await pool.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
      WHERE schemaname = 'public' AND tablename = 'jobs' AND indexname <> 'jobs_pkey'`,
  );
  for (const { name } of indexes) await pool.query(`DROP INDEX ${name}`);
  await insertInChunks(context, `a backlog of ${rows} rows`, rows, (count) => insertWaiting(pool, count));
  for (const { definition } of indexes) await pool.query(definition);
  await settleTable(pool);
}

/** Inserts so many rows, a part at a time, and tells how far it is. */
export async function insertInChunks(
  context: BenchContext,
  what: string,
  rows: number,
  insert: (count: number) => Promise<unknown>,
): Promise<void> {
  for (let done = 0; done < rows; done += chunk) {
    if (done > 0) context.say(`${what}: ${Math.round((done / rows) * 100)} %`);
    await insert(Math.min(chunk, rows - done));
  }
}

/** What a table that has just been filled would else have to do while it is measured. */
export async function settleTable(pool: Pool): Promise<void> {
  await pool.query('VACUUM (ANALYZE) jobs');
  await pool.query('CHECKPOINT');
}

/** Adds rows at the end of the backlog. */
export async function insertWaiting(pool: Pool, count: number): Promise<void> {
  await pool.query(`INSERT INTO jobs (upload_path) SELECT 'none.pdf' FROM generate_series(1, $1)`, [count]);
}

const completeRows = (which: string) => `
  UPDATE jobs
     SET status = 'complete', completed_at = clock_timestamp(), leased_by = NULL, lease_expires_at = NULL,
         result_path = 'none', result_bytes = 0, result_sha256 = repeat('0', 64)
   WHERE ${which}`;

/** Completes jobs in flight, as workers would. Answers how many there were. */
export async function completeInFlight(pool: Pool, most: number): Promise<number> {
  const which = `id IN (SELECT id FROM jobs WHERE status = 'processing' LIMIT $1)`;
  const { rowCount } = await pool.query(completeRows(which), [most]);
  return rowCount ?? 0;
}

export async function completeJobs(pool: Pool, ids: readonly string[]): Promise<void> {
  await pool.query(completeRows('id = ANY ($1::uuid[])'), [ids]);
}

/** Claims and completes the first rows of the backlog in bulk, as if in the last hour: each leaves the dead index entries of a job. */
export async function useUp(pool: Pool, count: number): Promise<void> {
  await inTransaction(pool, async (tx) => {
    await tx.query(
      `UPDATE jobs
          SET status = 'processing', run_id = 'none', attempt = attempt + 1,
              started_at = clock_timestamp() - interval '2 minutes' - random() * interval '1 hour'
        WHERE id IN (SELECT id FROM jobs WHERE status = 'queued' ORDER BY priority, created_at, id LIMIT $1)`,
      [count],
    );
    await tx.query(completeRows(`status = 'processing' AND run_id = 'none'`));
  });
}
