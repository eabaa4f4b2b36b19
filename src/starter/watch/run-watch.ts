import { setMaxListeners } from 'node:events';
import type { Client } from '@temporalio/client';
import type { Logger } from '../../platform/logging.ts';
import { sleep } from '../../platform/shutdown.ts';
import { Budget } from './budget.ts';
import { every } from './every.ts';
import { Follower } from './follower.ts';
import { Mirror } from './mirror.ts';
import { Runs } from './runs.ts';
import { Watch, type WatchOptions } from './watch.ts';

/** What the sweep and the search for orphans of one process may ask of Temporal, whatever is open: requests a second. */
const defaultRpcsPerSecond = 20;
/**
 * The search is the only way to learn of an end while more jobs are in flight than are followed: it is made more often then, and rests for
 * a few times as long as it takes.
 */
const closedEveryMs = { following: 2_000, lagging: 200, restsFor: 3 };
const resetEveryMs = 10_000;
const holdEveryMs = 4_000;
/** Between two walks of all rows in flight, and of all open workflows. */
const sweepEveryMs = 60_000;
const orphansEveryMs = 5 * 60_000;
const expiredEveryMs = 60 * 60_000;
/** What a transaction wrote that rang for nobody. */
const mirrorEveryMs = 2_000;
/** How soon a starter that does not hold the watch looks whether it does. */
const standbyMs = 1_000;
/** To hand the watch to another starter at the end, in milliseconds. */
const endMs = 1_000;

/** What all watches of one process share: how many workflows it follows, and how much it asks of Temporal. */
export function createWatchShare(options: {
  client: Client;
  log: Logger;
  signal: AbortSignal;
  rpcsPerSecond?: number;
  /** How many workflows are followed at most; left out: 500. */
  mostFollowed?: number;
}): { follower: Follower; budget: Budget } {
  const { client, log, signal, rpcsPerSecond = defaultRpcsPerSecond, mostFollowed } = options;
  return {
    follower: new Follower({
      runs: new Runs(client),
      log,
      ...(mostFollowed !== undefined && { most: mostFollowed }),
    }),
    budget: new Budget({ perSecond: rpcsPerSecond, signal }),
  };
}

/** A watch that runs: the claims tell it what they have started. */
export interface RunningWatch {
  started(jobs: readonly { id: string }[]): void;
  /** Settles when the signal is aborted and all that the watch does has ended. Never throws. */
  readonly ended: Promise<void>;
}

/** Watches one queue until the signal. */
export function runWatch(options: Omit<WatchOptions, 'onChange'> & { signal: AbortSignal }): RunningWatch {
  const { client, log, signal } = options;
  const mirror = new Mirror(options);
  const watch = new Watch({ ...options, onChange: () => mirror.soon() });
  setMaxListeners(0, signal);
  return {
    started: (jobs) => {
      mirror.soon();
      watch.started(jobs.map(({ id }) => id)).catch((error: unknown) => {
        if (signal.aborted) return;
        log.warn({ err: error }, 'jobs that were started are not followed; visibility finds their ends');
      });
    },
    // What is asked of Temporal when the signal comes is not waited for.
    ended: client
      .withAbortSignal(signal, () => Promise.all(loops(watch, mirror, options)))
      .then(() => end(watch, options)),
  };
}

function loops(
  watch: Watch,
  mirror: Mirror,
  { log, signal }: WatchOptions & { signal: AbortSignal },
): Promise<unknown>[] {
  const loop = (what: string, ms: number, work: () => Promise<number | undefined>) =>
    every({ what, ms, log, signal }, work);
  const whileHeld = (what: string, ms: number, work: () => Promise<unknown>) =>
    loop(what, ms, async () => {
      if (!watch.held) return standbyMs;
      return (await work()) === true ? 0 : undefined;
    });
  return [
    watch
      .followOwn()
      .catch((error: unknown) => log.warn({ err: error }, 'jobs of an earlier start are not followed')),
    loop('the lease of the watch', holdEveryMs, async () => void (await watch.holdOnce())),
    loop('the search for ended workflows', closedEveryMs.following, async () => {
      if (!watch.held) return standbyMs;
      const began = performance.now();
      await watch.closedOnce();
      const rest = Math.max(closedEveryMs.lagging, closedEveryMs.restsFor * (performance.now() - began));
      return watch.followedAll ? undefined : Math.min(rest, closedEveryMs.following);
    }),
    whileHeld('the search for reset workflows', resetEveryMs, () => watch.resetOnce()),
    whileHeld('the sweep of jobs in flight', sweepEveryMs, () => watch.sweepOnce()),
    whileHeld('the search for workflows without a job', orphansEveryMs, () => watch.orphansOnce()),
    whileHeld('the removal of expired jobs', expiredEveryMs, () => watch.expiredOnce()),
    ...(mirror.isNeeded ? [loop('the mirror of jobs', 0, () => mirrorOnce(mirror, signal))] : []),
  ];
}

/** Writes what is due, and waits for more of it: for the next poll at most. */
async function mirrorOnce(mirror: Mirror, signal: AbortSignal): Promise<undefined> {
  await mirror.wait((await mirror.runOnce()) ?? mirrorEveryMs, signal);
  return undefined;
}

/** Postgres or Temporal may be away just then: the end of the process does not wait for them. */
async function end(watch: Watch, { follower, log }: WatchOptions): Promise<void> {
  const letGo = watch
    .letGo()
    .catch((error: unknown) => log.debug({ err: error }, 'the watch was not handed on'));
  const over = new AbortController();
  await Promise.race([Promise.all([letGo, follower.leave(watch.queue.name)]), sleep(endMs, over.signal)]);
  over.abort();
}
