import type { Client } from '@temporalio/client';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import type { Settings } from '../platform/settings.ts';
import type { Tracing } from '../platform/tracing.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { ClaimPasses } from './claim-passes.ts';
import { claimPollMs } from './claim-poll.ts';
import type { Doorbell } from './doorbell.ts';
import { runStarterLoop } from './loop.ts';
import { Signals } from './signals.ts';
import { runSignalsLoop } from './signals-loop.ts';
import { type PassCounts, Starter } from './starter.ts';
import { type createWatchShare, runWatch } from './watch/run-watch.ts';

const dayMs = 24 * 60 * 60_000;

/** What all queues of a starter share. */
export interface ServeDeps {
  pool: Pool;
  client: Client;
  settings: Settings;
  doorbell: Doorbell | undefined;
  /** The identity of the database behind the pool. */
  database: string;
  /** What metrics call the database, where the process serves several; left out: it serves one. */
  shownAs?: string | undefined;
  /** What the watches of all queues share. */
  share: ReturnType<typeof createWatchShare>;
  log: Logger;
  /** The traces of this process; left out: it has none. */
  tracing?: Tracing | undefined;
}

interface Serving {
  queue: QueueDefinition;
  passes: ClaimPasses;
  signal: AbortSignal;
  /** Makes a pass of its claim loop; left out: at once. */
  claim?: (pass: () => Promise<PassCounts>) => Promise<PassCounts>;
}

/**
 * Serves one queue until the signal: claims its rows, tells its workflows what rows ask for, and watches how those of a watched queue end.
 */
export function serveQueue({ queue, passes, signal, claim }: Serving, deps: ServeDeps): Promise<unknown> {
  const { settings, doorbell, log } = deps;
  const { workerId, publicUrl, lostTaskAfterMs } = settings;
  const own = { ...deps, queue: ofThisDatabase(queue, deps) };
  const keepJobsMs = settings.retentionJobsDays * dayMs;
  const watched = { ...own, ...deps.share, workerId, keepJobsMs, lostTaskAfterMs, signal };
  const watch = queue.watched && runWatch(watched);
  const signals = new Signals(own);
  const starter = new Starter({
    ...own,
    workerId,
    publicUrl,
    onStarted: watch?.started,
    signalsLookedFor: (since) => signals.lookedSince(since),
  });
  const runOnce = () => starter.runOnce();
  const shared = { doorbell, log, signal };
  return Promise.all([
    runSignalsLoop({
      ...shared,
      pollIntervalMs: queue.pollIntervalMs ?? settings.pollIntervalMs,
      signals,
    }),
    runStarterLoop({
      ...shared,
      get pollIntervalMs() {
        return claimPollMs(queue, settings, doorbell?.connected === true, passes.sinceStartMs);
      },
      starter: { queue: starter.queue, runOnce: claim === undefined ? runOnce : () => claim(runOnce) },
      passes,
    }),
    watch?.ended,
  ]);
}

/** The queue as one of this database. */
export const ofThisDatabase = (
  queue: QueueDefinition,
  { database, shownAs }: Pick<ServeDeps, 'database' | 'shownAs'>,
): QueueDefinition => ({
  ...queue,
  database,
  ...(shownAs !== undefined && { shownAs: `${shownAs}/${queue.name}` }),
});
