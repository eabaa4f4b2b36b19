import { isGrpcServiceError } from '@temporalio/client';
import type { Logger } from '../../platform/logging.ts';
import { sleep } from '../../platform/shutdown.ts';
import { isMissingWorkflow } from '../missing-workflow.ts';
import { nextRunId, type Runs, type SeenEnd } from './runs.ts';
import type { Settled } from './settle.ts';

const mostFollowed = 500;
/** A server that answers at once that nothing has happened is asked no more often than this. */
const leastPollMs = 1_000;
const backoffMs = { first: 500, most: 30_000 };
/** gRPC's RESOURCE_EXHAUSTED: the namespace has no room for so many long polls, and workers need it too. */
const exhausted = 8;
const restMs = 60_000;

/** The chain of a job's workflow. */
export interface Followed {
  queue: string;
  id: string;
  workflowId: string;
  firstRunId: string;
}

/**
 * Waits for the ends of workflows by long poll: of the youngest, as most jobs are short. Those that are dropped for younger ones are
 * found by visibility.
 */
export class Follower {
  readonly #runs: Runs;
  readonly #log: Logger;
  #most: number;
  readonly #allowed: number;
  #restsUntil = 0;
  readonly #polls = new Map<string, { queue: string; abort: AbortController; done: Promise<void> }>();
  #closed = false;

  constructor({ runs, log, most = mostFollowed }: { runs: Runs; log: Logger; most?: number }) {
    this.#runs = runs;
    this.#log = log;
    this.#allowed = most;
    this.#most = most;
  }

  get size(): number {
    return this.#polls.size;
  }

  /** How many more can be followed without dropping any. */
  get room(): number {
    return this.#closed ? 0 : Math.max(0, this.#most - this.#polls.size);
  }

  follows(run: Pick<Followed, 'queue' | 'id' | 'firstRunId'>): boolean {
    return this.#polls.has(keyOf(run));
  }

  /** Calls `ended` when the chain may have ended, as often as it takes, and goes on while that answers that it is open. */
  follow(run: Followed, ended: (seen: SeenEnd) => Promise<Settled>): void {
    const key = keyOf(run);
    if (performance.now() > this.#restsUntil) this.#most = this.#allowed;
    if (this.#closed || this.#most === 0 || this.#polls.has(key)) return;
    while (this.#polls.size >= this.#most) this.#drop(this.#polls.keys().next().value);
    const abort = new AbortController();
    const done = this.#poll(run, ended, abort.signal).finally(() => {
      if (this.#polls.get(key)?.abort === abort) this.#polls.delete(key);
    });
    this.#polls.set(key, { queue: run.queue, abort, done });
  }

  /** Follows nothing of the queue any more. */
  async leave(queue: string): Promise<void> {
    const left = [...this.#polls].filter(([, poll]) => poll.queue === queue);
    for (const [key] of left) this.#drop(key);
    await Promise.all(left.map(([, { done }]) => done));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#polls.values()];
    for (const { abort } of all) abort.abort();
    await Promise.all(all.map(({ done }) => done));
  }

  #drop(key: string | undefined): void {
    if (key === undefined) return;
    this.#polls.get(key)?.abort.abort();
    this.#polls.delete(key);
  }

  /** Never throws. */
  async #poll(run: Followed, ended: (seen: SeenEnd) => Promise<Settled>, signal: AbortSignal): Promise<void> {
    let runId = run.firstRunId;
    let troubles = 0;
    while (!signal.aborted) {
      try {
        const askedAt = performance.now();
        const event = await this.#runs.waitForClose(run.workflowId, runId, signal);
        if (event === undefined) {
          await sleep(Math.max(0, leastPollMs - (performance.now() - askedAt)), signal);
          continue;
        }
        const settled = nextRunId(event) ?? (await ended({ runId, event }));
        if (typeof settled === 'string') runId = settled;
        else if (settled.kind !== 'open') return;
        else runId = settled.runId;
        troubles = 0;
      } catch (error) {
        if (signal.aborted || isMissingWorkflow(error)) return; // what is missing is the sweep's
        this.#log.debug({ err: error, queue: run.queue, jobId: run.id }, 'a workflow could not be followed');
        if (isGrpcServiceError(error) && error.code === exhausted) return this.#rest();
        await sleep(Math.min(backoffMs.first * 2 ** troubles, backoffMs.most), signal);
        troubles += 1;
      }
    }
  }

  /** Fewer are followed for a while. */
  #rest(): void {
    this.#most = Math.floor(this.#polls.size / 2);
    this.#restsUntil = performance.now() + restMs;
    this.#log.warn(
      { following: this.#most },
      'Temporal has no room for so many long polls; fewer workflows are followed',
    );
  }
}

const keyOf = ({ queue, id, firstRunId }: Pick<Followed, 'queue' | 'id' | 'firstRunId'>): string =>
  `${queue}/${id}/${firstRunId}`;
