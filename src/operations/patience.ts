import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import { isDatabaseError } from '../platform/database-errors.ts';
import { Refusal } from './refusal.ts';

/** How long a look at the jobs of one queue may take, in milliseconds. */
const patienceMs = 5_000;

/**
 * Reads the jobs of a queue in a transaction that is given up when it takes too long: a table may lack an index, and hold millions of rows.
 * @throws {Refusal} TOO_SLOW
 */
export async function readPatiently<T>(
  pool: Pool,
  queue: string,
  read: (tx: PoolClient) => Promise<T>,
): Promise<T> {
  try {
    return await inTransaction(pool, async (tx) => {
      await tx.query(`SET LOCAL statement_timeout = ${patienceMs}; SET TRANSACTION READ ONLY`);
      return read(tx);
    });
  } catch (error) {
    if (!isDatabaseError(error) || error.code !== '57014') throw error;
    throw new Refusal(
      'slow',
      'TOO_SLOW',
      `looking through the jobs of queue ${queue} took longer than ${patienceMs / 1000} s; ask for one status, a shorter time ` +
        'or fewer rows; if it stays so, its table lacks an index on the column of createdAt, id',
      {},
      error,
    );
  }
}
