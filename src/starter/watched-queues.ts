import { isUndefinedTable } from '../platform/database-errors.ts';
import { SetupError } from '../platform/errors.ts';
import type { HealthCheck } from '../platform/health.ts';
import { Places } from '../platform/places.ts';
import { sleep } from '../platform/shutdown.ts';
import { eachSideBySide } from '../platform/side-by-side.ts';
import { labelOf, type QueueDefinition } from '../queues/definition.ts';
import { readWatchedQueues } from '../registry/watched-queues.ts';
import { verifyQueue } from '../verify/queues.ts';
import { ClaimPasses, staleAfterMs } from './claim-passes.ts';
import { silenceBells } from './doorbell.ts';
import { ofThisDatabase, type ServeDeps, serveQueue } from './serve-queue.ts';
import type { PassCounts } from './starter.ts';

/** Which watched queues a starter serves: by their names, also those that are not there yet. */
export type WatchedChoice = 'all' | 'none' | readonly string[];

/** How often the registry is read: with a bell, which rings when it changes; without one; and while a queue is not served. */
const readEveryMs = { hearing: 30_000, deaf: 1_000, lacking: 5_000 };
/** The first pause after the registry could not be read; each is longer. */
const troubleMs = 1_000;
/** How many queues are compared with their tables at once. */
const verifiedAtOnce = 4;

interface Served {
  /** The definition, as text: another one is served anew. */
  readonly as: string;
  stop(): void;
}

/**
 * The watched queues of a starter: those that the registry has. One that comes is served, one that changes is served anew, one that
 * goes is no longer served. One that does not fit its table does not stop the others.
 */
export class WatchedQueues {
  readonly #choice: WatchedChoice;
  readonly #deps: ServeDeps & { checks: Set<HealthCheck> };
  readonly #served = new Map<string, Served>();
  readonly #ends = new Set<Promise<void>>();
  /** Why queues are not served, by their names. */
  readonly #refused = new Map<string, string>();
  readonly #missing = new Set<string>();
  /** Claims of hundreds of queues at once would wait for a connection for too long, and leave none to others. */
  readonly #claims: Places;
  #wake = new AbortController();

  constructor(choice: WatchedChoice, deps: ServeDeps & { checks: Set<HealthCheck> }) {
    this.#choice = choice;
    this.#deps = deps;
    this.#claims = new Places(Math.max(1, Math.floor(deps.settings.databasePoolSize / 2)));
  }

  /** Serves them until the signal. Never throws. */
  async keep(signal: AbortSignal): Promise<void> {
    let troubles = 0;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const read = await this.#read(signal);
      troubles = read === undefined ? troubles + 1 : 0;
      if (read === undefined)
        await sleep(jitter(Math.min(troubleMs * troubles, readEveryMs.hearing)), signal);
      else {
        await this.#turnTo(this.#chosen(read), signal);
        await this.#rest(signal);
      }
    }
    await Promise.all(this.#ends);
  }

  async #read(signal: AbortSignal): Promise<QueueDefinition[] | undefined> {
    const { pool, settings, log } = this.#deps;
    try {
      return await readWatchedQueues(pool, settings);
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'the registry of queues could not be read; trying again');
      return undefined;
    }
  }

  #chosen(queues: readonly QueueDefinition[]): readonly QueueDefinition[] {
    const choice = this.#choice;
    if (choice === 'all' || choice === 'none') return choice === 'all' ? queues : [];
    for (const name of choice) {
      if (queues.some((queue) => queue.name === name)) this.#missing.delete(name);
      else if (!this.#missing.has(name)) {
        this.#missing.add(name);
        this.#deps.log.warn(
          { queue: name },
          'QUEUES names a queue that is not there; it is served when it comes',
        );
      }
    }
    return queues.filter(({ name }) => choice.includes(name));
  }

  async #turnTo(queues: readonly QueueDefinition[], signal: AbortSignal): Promise<void> {
    const texts = new Map(queues.map((queue) => [queue.name, JSON.stringify(queue)]));
    for (const [name, served] of this.#served) if (served.as !== texts.get(name)) served.stop();
    for (const name of this.#refused.keys()) if (!texts.has(name)) this.#refused.delete(name);
    const waiting = queues.filter(({ name }) => !this.#served.has(name));
    await eachSideBySide(waiting, verifiedAtOnce, (queue) => this.#serveIfFit(queue, signal));
  }

  async #serveIfFit(queue: QueueDefinition, signal: AbortSignal): Promise<void> {
    const { pool, log, doorbell } = this.#deps;
    try {
      if (signal.aborted) return;
      await verifyQueue(pool, queue);
      if (doorbell === undefined) await silenceBells(pool, [queue.name]);
      this.#refused.delete(queue.name);
      this.#serve(queue, signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (signal.aborted || this.#refused.get(queue.name) === why) return;
      this.#refused.set(queue.name, why);
      const fields = error instanceof SetupError ? { why } : { err: error };
      log.error({ queue: queue.name, ...fields }, 'the queue is not served; it is tried again');
    }
  }

  #serve(queue: QueueDefinition, until: AbortSignal): void {
    const { settings, checks } = this.#deps;
    const log = this.#deps.log;
    const stopping = new AbortController();
    const passes = new ClaimPasses(queue.name, log, labelOf(ofThisDatabase(queue, this.#deps)));
    const check = passes.check(staleAfterMs(settings));
    checks.add(check);
    log.info(
      { queue: queue.name, workflow: queue.workflowType, taskQueue: queue.taskQueue },
      'queue is served',
    );
    const signal = AbortSignal.any([until, stopping.signal]);
    const claim = (pass: () => Promise<PassCounts>) =>
      this.#claims.use(pass).catch((error: unknown) => {
        if (isUndefinedTable(error)) this.#wakeUp(); // the queue may be gone with it
        throw error;
      });
    const end = serveQueue({ queue, passes, signal, claim }, this.#deps)
      .catch((error: unknown) => log.error({ err: error, queue: queue.name }, 'the queue broke off'))
      .then(() => {
        checks.delete(check);
        this.#served.delete(queue.name);
        this.#ends.delete(end);
        if (!until.aborted) log.info({ queue: queue.name }, 'queue is no longer served');
        this.#wakeUp(); // it may have come anew
      });
    this.#ends.add(end);
    this.#served.set(queue.name, { as: JSON.stringify(queue), stop: () => stopping.abort() });
  }

  #wakeUp(): void {
    this.#wake.abort();
  }

  /** Until a ring, a wake-up, or the next time to read. */
  async #rest(signal: AbortSignal): Promise<void> {
    const { doorbell } = this.#deps;
    const most = doorbell?.connected ? readEveryMs.hearing : readEveryMs.deaf;
    const ms = jitter(this.#refused.size > 0 ? Math.min(most, readEveryMs.lacking) : most);
    const woken = AbortSignal.any([signal, this.#wake.signal]);
    if (doorbell === undefined) await sleep(ms, woken);
    else await doorbell.waitForRegistry(ms, woken);
  }
}

/** Between 80 % and 120 %. */
const jitter = (ms: number): number => ms * (0.8 + Math.random() * 0.4);
