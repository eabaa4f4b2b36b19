import type { Pool } from '../../platform/database.ts';
import { type DatabaseEntry, databasesOf, type NamedDatabase } from '../../platform/database-list.ts';
import { databaseStates } from '../../platform/database-metrics.ts';
import { SetupError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import { Places } from '../../platform/places.ts';
import { sleep } from '../../platform/shutdown.ts';
import { lookForWork } from './look.ts';
import { type DatabaseDeps, serveDatabase } from './serve-database.ts';

/** How the databases of a process are paced, in milliseconds. */
export interface Pace {
  /** Between two looks at a database that has nothing to do. */
  lookEveryMs: number;
  /** What all looks together leave between two: with hundreds of databases each is looked at less often. */
  betweenLooksMs: number;
  /** Between two times at which a database is served even if it seems to have nothing to do: for retention, and what Temporal knows. */
  airEveryMs: number;
  /** Between two reads of the list. */
  listEveryMs: number;
}

export const usualPace: Pace = {
  lookEveryMs: 5_000,
  betweenLooksMs: 20,
  airEveryMs: 30 * 60_000,
  listEveryMs: 30_000,
};

/**
 * So many are looked at at once; those in trouble have places of their own, so that they do not hold the others up, and so does one that
 * takes longer than most.
 */
const looksAtOnce = { well: 4, troubled: 2 };
const longestInPlaceMs = 500;
/** Connecting and asking give up before. */
const longestLookMs = 60_000;
const troubleMs = { first: 1_000, most: 60_000 };

type State = 'idle' | 'served' | 'away' | 'refused';

interface Kept {
  readonly database: NamedDatabase;
  readonly ended: Promise<void>;
  stop(): void;
  state: State;
  /** While it is served. */
  pool?: Pool | undefined;
}

/**
 * The databases that one starter serves, each on its own: one is connected to when it has something to do, and let go when it has had
 * nothing to do for a while. One that is away, slow or does not fit is tried again, and holds no other up.
 */
export class Databases {
  readonly #entries: readonly DatabaseEntry[];
  readonly #deps: DatabaseDeps;
  readonly #pace: Pace;
  readonly #kept = new Map<string, Kept>();
  readonly #places = { well: new Places(looksAtOnce.well), troubled: new Places(looksAtOnce.troubled) };

  constructor(entries: readonly DatabaseEntry[], deps: DatabaseDeps, pace: Pace = usualPace) {
    this.#entries = entries;
    this.#deps = deps;
    this.#pace = pace;
  }

  /** The names of the databases by what they are now. */
  states(): ReadonlyMap<string, State> {
    return new Map([...this.#kept].map(([name, { state }]) => [name, state]));
  }

  /** The pools of those that are served, by their names. */
  served(): ReadonlyMap<string, Pool> {
    return new Map([...this.#kept].flatMap(([name, { pool }]) => (pool === undefined ? [] : [[name, pool]])));
  }

  /** Serves them until the signal, as they come and go. Never throws. */
  async keep(signal: AbortSignal): Promise<void> {
    const untell = databaseStates(() => this.states());
    while (!signal.aborted) {
      await this.#turnTo(await this.#list(signal), signal);
      await sleep(jitter(this.#pace.listEveryMs), signal);
    }
    await Promise.all([...this.#kept.values()].map(({ ended }) => ended));
    untell();
  }

  /** A server that cannot be asked keeps the databases that it had. */
  async #list(signal: AbortSignal): Promise<readonly NamedDatabase[]> {
    const found = await Promise.all(
      this.#entries.map((entry) =>
        databasesOf(entry).catch((error: unknown) => {
          if (!signal.aborted)
            this.#deps.log.warn(
              { err: error },
              'the databases of a server could not be listed; trying again',
            );
          return [...this.#kept.values()].map(({ database }) => database);
        }),
      ),
    );
    return found.flat();
  }

  async #turnTo(databases: readonly NamedDatabase[], signal: AbortSignal): Promise<void> {
    const byName = new Map(databases.map((database) => [database.name, database]));
    const gone = [...this.#kept.values()].filter(
      ({ database }) => byName.get(database.name)?.url !== database.url,
    );
    for (const { stop } of gone) stop();
    await Promise.all(gone.map(({ ended }) => ended));
    for (const database of byName.values()) if (!this.#kept.has(database.name)) this.#begin(database, signal);
  }

  #begin(database: NamedDatabase, signal: AbortSignal): void {
    const stopping = new AbortController();
    const until = AbortSignal.any([signal, stopping.signal]);
    const log = this.#deps.log.child({ database: database.name });
    const { promise, resolve } = Promise.withResolvers<void>();
    const kept: Kept = { database, state: 'idle', stop: () => stopping.abort(), ended: promise };
    this.#kept.set(database.name, kept);
    this.#keepOne(kept, log, until)
      .catch((error: unknown) => log.error({ err: error }, 'the database is no longer looked at'))
      .finally(() => {
        this.#kept.delete(database.name);
        resolve();
      });
  }

  async #keepOne(kept: Kept, log: Logger, signal: AbortSignal): Promise<void> {
    let troubles = 0;
    let told = '';
    let airAt = performance.now() + this.#pace.airEveryMs * Math.random();
    while (!signal.aborted) {
      try {
        const isDue = performance.now() >= airAt;
        const places = troubles === 0 ? this.#places.well : this.#places.troubled;
        const look = () => lookForWork(kept.database, this.#deps.watched);
        if ((await inPlace(places, look, signal)) || isDue) {
          airAt = performance.now() + jitter(this.#pace.airEveryMs);
          await this.#serve(kept, log, signal);
        }
        if (told !== '') log.info('the database is reached again');
        [troubles, told] = [0, ''];
        kept.state = 'idle';
      } catch (error) {
        if (signal.aborted) return;
        kept.state = error instanceof SetupError ? 'refused' : 'away';
        told = tell(error, told, log);
        troubles += 1;
      }
      await sleep(jitter(troubles === 0 ? this.#lookEveryMs : backoff(troubles)), signal);
    }
  }

  async #serve(kept: Kept, log: Logger, signal: AbortSignal): Promise<void> {
    try {
      await serveDatabase(kept.database, { ...this.#deps, log }, signal, (pool) => {
        kept.pool = pool;
        kept.state = 'served';
        log.info('the database is served');
      });
      if (!signal.aborted) log.info('the database has nothing to do; its connections are closed');
    } finally {
      kept.pool = undefined;
    }
  }

  get #lookEveryMs(): number {
    return Math.max(this.#pace.lookEveryMs, this.#kept.size * this.#pace.betweenLooksMs);
  }
}

/** Begins `look` in a place, and waits for it: in the place not for long, and no longer than until the signal. */
async function inPlace(places: Places, look: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  const stopped = AbortSignal.any([signal, over.signal]);
  const { looking } = await places.use(async () => {
    const looking = signal.aborted ? Promise.resolve(false) : look();
    looking.then(
      () => over.abort(),
      () => over.abort(), // told by whoever waits for it
    );
    await sleep(longestInPlaceMs, stopped);
    return { looking };
  });
  await sleep(longestLookMs, stopped);
  return signal.aborted ? false : looking;
}

/** Once for each reason: it is tried again and again. */
function tell(error: unknown, told: string, log: Logger): string {
  const why = error instanceof Error ? error.message : String(error);
  if (why === told) return told;
  if (error instanceof SetupError) log.error({ why }, 'the database is not served; it is tried again');
  else log.warn({ err: error }, 'the database is away; it is tried again');
  return why;
}

const backoff = (troubles: number): number => Math.min(troubleMs.first * 2 ** (troubles - 1), troubleMs.most);

/** Between 80 % and 120 %. */
const jitter = (ms: number): number => ms * (0.8 + Math.random() * 0.4);
