import type { Pool } from '../../platform/database.ts';

/** When the breaker of a system opens, and how often a job may then try the system. */
export interface BreakerLimits {
  /** So many distinct jobs must have failed within the window, with no success since. */
  jobs: number;
  windowMs: number;
  probeIntervalMs: number;
}

/** What is known of a system by all workers, in the database. Its state is an open row of `switchyard.pauses`. */
export type Breaker = ReturnType<typeof createBreaker>;

/** The rules stand in `migrations/03_systems.sql`. All throw what the database throws. */
export function createBreaker(pool: Pool, system: string, limits: BreakerLimits) {
  async function ask<T>(text: string, values: unknown[]): Promise<T> {
    const { rows } = await pool.query<{ answer: T }>(text, values);
    return rows[0]?.answer as T;
  }

  return {
    async pause(): Promise<{ automatic: boolean; reason: string } | undefined> {
      const { rows } = await pool.query<{ automatic: boolean; reason: string }>(
        `SELECT automatic, reason FROM switchyard.pauses
          WHERE scope = 'system' AND coalesce(system, '') = $1 AND coalesce(queue, '') = '' AND coalesce(key, '') = ''
            AND resumed_at IS NULL`,
        [system],
      );
      return rows[0];
    },

    takeProbe: (jobId: string) =>
      ask<boolean>('SELECT switchyard.take_probe($1, $2, $3) AS answer', [
        system,
        jobId,
        limits.probeIntervalMs,
      ]),

    giveBackProbe: (jobId: string) =>
      ask<void>('SELECT switchyard.give_back_probe($1, $2) AS answer', [system, jobId]),

    failed: (jobId: string, failure: Failure) =>
      ask<'counted' | 'opened' | 'open'>(
        'SELECT switchyard.system_failed($1, $2, $3, $4, $5, $6, $7, $8, $9) AS answer',
        [
          system,
          jobId,
          failure.probe,
          failure.code,
          failure.message.replaceAll('\0', ''),
          failure.tookMs,
          limits.jobs,
          limits.windowMs,
          limits.probeIntervalMs,
        ],
      ),

    /** Answers whether that closed the breaker. */
    answered: (call: { probe: boolean }) =>
      ask<boolean>('SELECT switchyard.system_answered($1, $2) AS answer', [system, call.probe]),
  };
}

/** A failed call that says the system is out of order. */
interface Failure {
  probe: boolean;
  code: string;
  message: string;
  /** How long the call waited for an answer that never came; 0: it failed at once. */
  tookMs: number;
}
