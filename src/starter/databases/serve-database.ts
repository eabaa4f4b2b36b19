import type { Client } from '@temporalio/client';
import { requireIdentity } from '../../identity/database.ts';
import { identify, whileOwned } from '../../identity/watch.ts';
import type { Pool } from '../../platform/database.ts';
import type { NamedDatabase } from '../../platform/database-list.ts';
import { SetupError } from '../../platform/errors.ts';
import { keepHistory } from '../../platform/history.ts';
import type { Logger } from '../../platform/logging.ts';
import { applicationNameOf } from '../../platform/process-name.ts';
import { openRolePool } from '../../platform/role-pool.ts';
import type { Settings } from '../../platform/settings.ts';
import { sleep } from '../../platform/shutdown.ts';
import type { Tracing } from '../../platform/tracing.ts';
import { requireRegistry } from '../../registry/watched-queues.ts';
import { workflowIdPrefix } from '../../sql/work-there.ts';
import { requireSchema, schemaFits } from '../../verify/schema.ts';
import { verifyStarter } from '../../verify/start.ts';
import { Doorbell } from '../doorbell.ts';
import type { Budget } from '../watch/budget.ts';
import { Follower } from '../watch/follower.ts';
import { Runs } from '../watch/runs.ts';
import { type WatchedChoice, WatchedQueues } from '../watched-queues.ts';
import { hasWork } from './look.ts';

/** Each database follows so many workflows by long poll; the ends of others are found by Temporal's search. */
const mostFollowed = 100;

/** What the databases of a process share. */
export interface DatabaseDeps {
  client: Client;
  settings: Settings;
  watched: WatchedChoice;
  budget: Budget;
  log: Logger;
  tracing: Tracing | undefined;
  /** How long a database is served on that has nothing to do, in milliseconds. */
  idleMs: number;
  /** How often it is asked meanwhile. */
  askEveryMs: number;
}

/**
 * Serves one database until it has had nothing to do for a while, or until the signal. Its connections are closed then.
 * @param onOpen is told its pool once it is served
 * @throws {SetupError} when it does not fit, or is another one's; and what the database says while it is away
 */
export async function serveDatabase(
  database: NamedDatabase,
  deps: DatabaseDeps,
  signal: AbortSignal,
  onOpen: (pool: Pool) => void,
): Promise<void> {
  const { client, log } = deps;
  const settings = { ...deps.settings, databaseUrl: database.url };
  const pool = openRolePool('starter', { settings, log });
  const doorbell = doorbellOf(settings, log);
  const over = new AbortController();
  try {
    await verify(pool, log);
    const { id } = await requireIdentity(pool);
    // Its workflows are told from those of others by the memo: not the task queue is its own, but its identity.
    const place = { client, pool, taskQueue: `database-${id}`, log };
    const identity = await identify(place);
    doorbell?.open();
    onOpen(pool);
    const until = AbortSignal.any([signal, over.signal]);
    await whileOwned({ ...place, identity, log, signal: until, schemaFits }, (served) => {
      const share = {
        follower: new Follower({ runs: new Runs(client), log, most: mostFollowed }),
        budget: deps.budget,
      };
      const queues = new WatchedQueues(deps.watched, {
        pool,
        client,
        settings,
        doorbell,
        database: identity.id,
        shownAs: database.name,
        share,
        log,
        tracing: deps.tracing,
        checks: new Set(), // one database that is away is no reason to end the process
      });
      return Promise.all([
        keepHistory({ pool, log, signal: served }),
        queues.keep(served),
        untilIdle(pool, deps, served).finally(() => over.abort()),
      ]);
    });
  } finally {
    doorbell?.close();
    await pool.end();
  }
}

async function verify(pool: Pool, log: Logger): Promise<void> {
  await requireRegistry(pool);
  await requireSchema(pool, log);
  await verifyStarter(pool, []);
  const { rows } = await pool.query<{ prefix: string | null }>(workflowIdPrefix);
  if (rows[0]?.prefix == null) throw new SetupError(withoutPrefix);
}

/**
 * Settles once the database has had nothing to do for a while.
 * @throws what it last said, when it could not be asked for so long
 */
async function untilIdle(
  pool: Pool,
  { watched, idleMs, askEveryMs }: DatabaseDeps,
  signal: AbortSignal,
): Promise<void> {
  let busyAt = performance.now();
  let away: unknown;
  while (performance.now() - busyAt < idleMs && !signal.aborted) {
    await sleep(askEveryMs, signal);
    const isBusy = await hasWork(pool, watched).catch((error: unknown) => {
      away = error;
      return undefined;
    });
    if (isBusy !== undefined) away = undefined;
    if (isBusy) busyAt = performance.now();
  }
  if (away !== undefined && !signal.aborted) throw away;
}

function doorbellOf(settings: Settings, log: Logger): Doorbell | undefined {
  if (settings.doorbell === 'off') return undefined;
  const applicationName = `${applicationNameOf('starter', settings)} doorbell`;
  return new Doorbell({ connectionString: settings.databaseUrl, applicationName, log });
}

const withoutPrefix =
  'Nobody has said what stands before the workflow ids of this database: its jobs would wait for jobs of other databases that have the same ids. ' +
  "Run `switchyard migrate` with the same DATABASES, or SELECT switchyard.set_workflow_id_prefix('NAME/'); '' stands for none.";
