import type { DatabaseClient } from './database-client.ts';
import { isDatabaseError } from './database-errors.ts';
import { SetupError } from './errors.ts';
import type { Logger } from './logging.ts';
import { lockTimeoutMs } from './migration-files.ts';
import { sleep } from './shutdown.ts';

/** Between two tries writers have their turn. */
const pauseMs = { first: 1_000, most: 10_000 };

/** Transactions that are open for longer than a lock is waited for; the sessions of migrate itself are left out. */
const longOpen = `
  SELECT pid, application_name AS application, state, round(extract(epoch FROM clock_timestamp() - xact_start))::integer AS seconds
    FROM pg_catalog.pg_stat_activity
   WHERE datname = pg_catalog.current_database() AND xact_start < clock_timestamp() - $1 * interval '1 millisecond'
     AND application_name <> 'switchyard migrate'
   ORDER BY xact_start LIMIT 5`;

interface Retries {
  client: DatabaseClient;
  log: Logger;
  signal: AbortSignal;
  /** How long it is tried again, in milliseconds. */
  waitMs: number;
}

/**
 * Does `work` again while it fails for a lock that it did not get in time, so that a migration stops no writer for longer than that. The
 * statements that failed were undone.
 * @throws {SetupError} naming what was open, when a lock was not had within `waitMs`
 */
export async function untilLocked<T>(
  { client, log, signal, waitMs }: Retries,
  work: () => Promise<T>,
): Promise<T> {
  const began = performance.now();
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isLockTimeout(error) || signal.aborted) throw error;
      await client.query('ROLLBACK');
      const { rows: open } = await client.query(longOpen, [lockTimeoutMs]);
      if (performance.now() - began >= waitMs) throw givenUp(error, open, waitMs);
      log.warn(
        { open, reason: error.message },
        `a migration did not get a lock within ${lockTimeoutMs / 1000} s; writers go first, and it is tried again`,
      );
      await sleep(Math.min(pauseMs.first * 2 ** tries, pauseMs.most, waitMs), signal);
    }
  }
}

const isLockTimeout = (error: unknown): error is Error => isDatabaseError(error) && error.code === '55P03';

const givenUp = (cause: Error, open: readonly object[], waitMs: number): SetupError =>
  new SetupError(
    `A migration did not get a lock within ${waitMs / 1000} s (${cause.message}); it was undone, and nothing is half done. ` +
      `Transactions that are open for long: ${open.length > 0 ? JSON.stringify(open) : 'none now'}. ` +
      'Let them end, or end them (SELECT pg_terminate_backend(PID)), and run migrate again.',
    { cause },
  );
