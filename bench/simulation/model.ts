import type { Random } from '../../chaos/random.ts';

/** What one job costs, in milliseconds of CPU. */
export interface Costs {
  /** Of the starter, for a row that it claims, starts and marks. */
  starter: number;
  /** Of the application's Postgres, for the same. */
  claim: number;
  /** Of the application's Postgres, to begin and to complete the row. */
  end: number;
  worker: number;
  /** Of Temporal with its database, for the start and all tasks of the workflow. */
  temporal: number;
}

export interface Fleet {
  /** Rows that wait at the beginning. */
  backlog: number;
  starters: number;
  /** The most rows a claim takes. */
  batch: number;
  /** Milliseconds from a start until Temporal answers; those of a claim are made side by side. */
  startMs: number;
  /** The most jobs in flight; `null`: no limit. With one, only one starter claims at a time. */
  maxInFlight: number | null;
  workers: number;
  /** Jobs that one worker works on at once. */
  slots: number;
  /** How long the work of a job takes: the mean, in milliseconds, of a lognormal distribution with a long tail. */
  workMs: number;
  /** Cores of each part; `shared`: all of them run on these cores together, as on the machine that was measured. */
  cores: { postgres: number; temporal: number } | { shared: number };
}

export interface Drained {
  seconds: number;
  jobsPerSecond: number;
  /** What part of its capacity each was in use: the largest is the bound. */
  use: { starters: number; workers: number; postgres: number; temporal: number };
  bound: keyof Drained['use'];
  /** The most jobs that were started and waited for a worker. */
  mostWaiting: number;
}

const tickMs = 10;
/** The standard deviation of the logarithm of how long work takes: some take ten times the mean. */
const spread = 0.8;

/**
 * Drains a backlog in steps of 10 ms. Each starter makes one claim after the other: while Postgres locks and marks its rows the starter waits,
 * so both take their time in turns. A job then waits for a free slot, is worked on, and is completed.
 */
export function drain(fleet: Fleet, costs: Costs, random: Random): Drained {
  const state = new State(fleet, costs, random);
  // What is completed within a tick is no whole number.
  while (state.ended < fleet.backlog - 0.5) state.tick();
  return state.result();
}

class State {
  ended = 0;
  readonly #fleet: Fleet;
  readonly #costs: Costs;
  readonly #random: Random;
  /** What each starter's claim has left to do, in milliseconds, and its rows. */
  readonly #claims: { rows: number; left: number }[];
  /** Ends of work by tick, in a ring that is longer than any work. */
  readonly #ends = new Float64Array(1 << 17);
  #now = 0;
  #queued: number;
  #inFlight = 0;
  #waiting = 0;
  #working = 0;
  #toEnd = 0;
  #mostWaiting = 0;
  readonly #used = { starters: 0, workers: 0, postgres: 0, temporal: 0 };

  constructor(fleet: Fleet, costs: Costs, random: Random) {
    this.#fleet = fleet;
    this.#costs = costs;
    this.#random = random;
    this.#queued = fleet.backlog;
    this.#claims = Array.from({ length: fleet.starters }, () => ({ rows: 0, left: 0 }));
  }

  tick(): void {
    this.#startClaims();
    const share = this.#share();
    const started = this.#advanceClaims(share);
    this.#waiting += started;
    this.#mostWaiting = Math.max(this.#mostWaiting, this.#waiting);
    this.#takeJobs();
    this.#endJobs(started, share);
    this.#now += 1;
  }

  result(): Drained {
    const { backlog } = this.#fleet;
    const ticks = this.#now;
    const use = Object.fromEntries(
      Object.entries(this.#used).map(([name, used]) => [name, used / ticks]),
    ) as Drained['use'];
    const [bound = 'starters'] = (Object.keys(use) as (keyof typeof use)[]).sort((a, b) => use[b] - use[a]);
    const seconds = (ticks * tickMs) / 1000;
    return { seconds, jobsPerSecond: backlog / seconds, use, bound, mostWaiting: this.#mostWaiting };
  }

  #startClaims(): void {
    const { batch, maxInFlight, startMs } = this.#fleet;
    const { starter, claim } = this.#costs;
    for (const one of this.#claims) {
      if (one.left > 0) continue;
      const alone = maxInFlight === null || this.#claims.every(({ left }) => left <= 0);
      const room = (maxInFlight ?? Number.POSITIVE_INFINITY) - this.#inFlight;
      const rows = alone ? Math.min(batch, this.#queued, room) : 0;
      if (rows <= 0) continue;
      this.#queued -= rows;
      this.#inFlight += rows;
      // What a tick had left over is not lost.
      Object.assign(one, { rows, left: one.left + startMs + rows * (starter + claim) });
    }
  }

  /** What part of a core each claim gets. */
  #share(): number {
    const active = this.#claims.filter(({ left }) => left > 0).length;
    this.#used.starters += active / this.#fleet.starters;
    const { cores } = this.#fleet;
    if (!('shared' in cores)) return 1;
    const { starter, claim, temporal } = this.#costs;
    return Math.min(1, cores.shared / (active * (1 + temporal / (starter + claim))));
  }

  #advanceClaims(share: number): number {
    let started = 0;
    for (const claim of this.#claims) {
      if (claim.left <= 0) continue;
      claim.left -= tickMs * share;
      if (claim.left > 0) continue;
      started += claim.rows;
    }
    return started;
  }

  /** Free slots take jobs. */
  #takeJobs(): void {
    const { workers, slots, workMs } = this.#fleet;
    const take = Math.min(this.#waiting, Math.floor(workers * slots - this.#working));
    const most = this.#ends.length - 1;
    for (let i = 0; i < take; i += 1) {
      const ticks = Math.min(most, Math.max(1, Math.round(lognormal(this.#random, workMs) / tickMs)));
      const at = (this.#now + ticks) & most;
      this.#ends[at] = (this.#ends[at] ?? 0) + 1;
    }
    this.#waiting -= take;
    this.#working += take;
    this.#used.workers += this.#working / (workers * slots);
  }

  /** Work that is done is completed as fast as worker, Postgres and Temporal can. */
  #endJobs(started: number, share: number): void {
    const { workers, cores } = this.#fleet;
    const costs = this.#costs;
    const at = this.#now & (this.#ends.length - 1);
    this.#toEnd += this.#ends[at] ?? 0;
    this.#ends[at] = 0;
    const own = 'shared' in cores ? { postgres: cores.shared, temporal: cores.shared } : cores;
    const claiming = started * costs.claim;
    const can = [
      ((workers * tickMs) / costs.worker) * share,
      (own.postgres * tickMs - claiming) / costs.end,
      (own.temporal * tickMs) / costs.temporal,
    ];
    const done = Math.max(0, Math.min(this.#toEnd, ...can));
    this.#toEnd -= done;
    this.#working -= done;
    this.#inFlight -= done;
    this.ended += done;
    this.#used.postgres += Math.min(1, (claiming + done * costs.end) / (own.postgres * tickMs));
    this.#used.temporal += Math.min(1, (done * costs.temporal) / (own.temporal * tickMs));
  }
}

function lognormal(random: Random, mean: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return mean * Math.exp(spread * normal - spread ** 2 / 2);
}
