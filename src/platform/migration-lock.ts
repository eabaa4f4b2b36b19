import type { DatabaseClient } from './database-client.ts';
import { SetupError } from './errors.ts';
import type { Logger } from './logging.ts';
import { sleep } from './shutdown.ts';

const lookAgainMs = 250;

const tryLock = `SELECT pg_try_advisory_xact_lock(hashtext('switchyard.migrate'), 0) AS locked`;

const whoHolds = `
  SELECT pid, application_name AS application FROM pg_locks JOIN pg_stat_activity USING (pid)
   WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND classid::bigint = hashtext('switchyard.migrate')::bigint & 4294967295 AND objid = 0`;

/**
 * Makes sure that one migrate is at work on a database. The lock is the transaction's that begins here, and ends with it or with its
 * connection: a lock of the session would stay with the server connection of a pooler when this process is long gone.
 * @throws {SetupError} when another one holds it for longer than `waitMs`, naming it
 */
export async function lockMigrations(
  client: DatabaseClient,
  { log, signal, waitMs }: { log: Logger; signal: AbortSignal; waitMs: number },
): Promise<void> {
  await client.query(client.begin);
  const began = performance.now();
  for (let told = false; !(await isLocked(client)); told = true) {
    signal.throwIfAborted();
    const other = await otherMigrate(client);
    if (!told) log.info(other, 'another migrate is at work on this database; waiting for it');
    if (performance.now() - began >= waitMs) {
      throw new SetupError(
        `Another migrate has been at work on this database for more than ${waitMs / 1000} s: process ${other.pid ?? 'unknown'} ` +
          `of Postgres, "${other.application ?? 'unknown'}". Wait for it, or end it ` +
          `(SELECT pg_terminate_backend(${other.pid ?? 'PID'})), and run migrate again.`,
      );
    }
    await sleep(Math.min(lookAgainMs, waitMs), signal);
  }
}

async function isLocked(client: DatabaseClient): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(tryLock);
  return rows[0]?.locked === true;
}

async function otherMigrate(client: DatabaseClient): Promise<{ pid?: number; application?: string }> {
  const { rows } = await client.query<{ pid: number; application: string }>(whoHolds);
  return rows[0] ?? {};
}
