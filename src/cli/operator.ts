import { hostname, userInfo } from 'node:os';
import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';

/** Who a change by a command is by, as events, pauses and redrives name him. */
function operator(): string {
  return `cli ${userName()}@${hostname()}`;
}

/** In a container an account may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** Runs the change in a transaction that knows whose it is. */
export function changeAsOperator<T>(pool: Pool, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (tx) => {
    await tx.query(`SELECT set_config('switchyard.actor', $1, true)`, [operator()]);
    return work(tx);
  });
}
