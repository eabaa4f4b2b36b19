import type { Client } from '@temporalio/client';
import type { Pool } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import type { Logger } from '../platform/logging.ts';
import { ensureSearchAttributes } from '../platform/search-attributes.ts';
import { sleep } from '../platform/shutdown.ts';
import { searchAttributeNames } from '../queues/search-attributes.ts';
import { type DatabaseIdentity, requireIdentity } from './database.ts';
import { ownTaskQueue } from './task-queue-owner.ts';

interface Place {
  client: Client;
  pool: Pool;
  taskQueue: string;
  /** Where it is told what the namespace lacks; left out: nowhere. */
  log?: Logger;
}

interface Watched extends Place {
  identity: DatabaseIdentity;
  log: Logger;
  signal: AbortSignal;
  /** Whether the schema still fits this process: throws a SetupError when it does not. */
  schemaFits: (pool: Pool) => Promise<unknown>;
}

const checkEveryMs = { least: 30_000, most: 60_000 };
/** For all that one check asks Temporal. */
const checkDeadlineMs = 10_000;

/**
 * What every process does before it claims or polls anything: makes sure that the database is no copy, and that the task queue
 * belongs to it.
 * @throws {SetupError} that says what else is the case, and the ways out
 */
export async function identify({ client, pool, taskQueue, log }: Place): Promise<DatabaseIdentity> {
  const identity = await requireIdentity(pool);
  await client.withDeadline(Date.now() + checkDeadlineMs, async () => {
    await ensureSearchAttributes(client, searchAttributeNames, log);
    await ownTaskQueue(client, taskQueue, identity);
  });
  return identity;
}

/**
 * Serves until the signal, or until the database or the task queue turns out to be another's, or its schema no longer fits.
 * @throws {SetupError} in that case, when what was served has ended
 */
export async function whileOwned(
  watched: Watched,
  serve: (signal: AbortSignal) => Promise<unknown>,
  every = checkEveryMs,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([watched.signal, over.signal]);
  const outcomes = await Promise.allSettled([
    watchIdentity({ ...watched, signal }, every).finally(() => over.abort()),
    serve(signal).finally(() => over.abort()),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Checks every half to whole minute. What is out of reach is checked again at the next time. */
async function watchIdentity(watched: Watched, every: typeof checkEveryMs): Promise<void> {
  const { log, signal } = watched;
  while (!signal.aborted) {
    await sleep(every.least + Math.random() * (every.most - every.least), signal);
    if (signal.aborted) return;
    await checkIdentity(watched).catch((error: unknown) => {
      if (error instanceof SetupError) {
        log.fatal({ err: error }, 'this process may no longer serve the database; nothing more is claimed');
        throw error;
      }
      if (!signal.aborted)
        log.warn(
          { err: error },
          'the owner of the task queue and the schema could not be checked; trying again',
        );
    });
  }
}

async function checkIdentity(watched: Watched): Promise<void> {
  const { client, identity, pool, signal, schemaFits } = watched;
  await schemaFits(pool);
  const { id } = await client.withAbortSignal(signal, () => identify(watched));
  if (id === identity.id) return;
  throw new SetupError(
    `The identity of the database changed from ${identity.id} to ${id} while it was served; start again`,
  );
}
