import type { Pool } from './database.ts';
import type { Logger } from './logging.ts';
import { sleep } from './shutdown.ts';

const everyMs = 20_000;

/**
 * Keeps the history of minutes until the signal. Each process that keeps house calls it; the database lets one at a time work, and there
 * is work once a minute. Never throws: what fails is tried again.
 */
export async function keepHistory(options: { pool: Pool; log: Logger; signal: AbortSignal }): Promise<void> {
  const { pool, log, signal } = options;
  await sleep(everyMs * Math.random(), signal);
  while (!signal.aborted) {
    const left = await makeMinutes(pool).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ err: error }, 'the history of queues could not be kept; trying again');
      return 0;
    });
    if (left === 0) await sleep(everyMs * (0.8 + Math.random() * 0.4), signal);
  }
}

/** Makes at most ten minutes of history; answers how many are left. 0 also where another process is at it. */
export async function makeMinutes(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ left: number | null }>('SELECT switchyard.keep_history() AS left');
  return rows[0]?.left ?? 0;
}
