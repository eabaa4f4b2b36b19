import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Pool } from '../src/platform/database.ts';
import type { QueueDefinition } from '../src/queues/definition.ts';
import { type ClaimStatements, claimStatements } from '../src/sql/claim.ts';
import { type JobStatements, jobStatements } from '../src/sql/job.ts';
import { ClaimMemory, claimJobs } from '../src/starter/claim.ts';
import { completeJobs, insertWaiting } from './backlog.ts';
import { median, quantile } from './statistics.ts';

/** How long claims took, in milliseconds. */
export interface ClaimTimes {
  /** The statement that finds and locks the rows; two of them where the bound missed. */
  statement: number[];
  /** The statement that counts the jobs in flight, which comes before it. */
  count: number[];
  /** The whole transaction, from BEGIN to COMMIT, with starts that are answered at once. */
  transaction: number[];
}

/** Claims as a starter does, over one connection, and keeps the backlog as long as it was. */
export class Claimer {
  readonly #pool: Pool;
  readonly #queue: QueueDefinition;
  readonly #statements: JobStatements & ClaimStatements;
  readonly #memory = new ClaimMemory();
  readonly #spent = { statement: 0, count: 0 };

  /** The pool is this claimer's alone, and not connected yet. */
  constructor(pool: Pool, queue: QueueDefinition) {
    this.#pool = pool;
    this.#queue = queue;
    this.#statements = { ...jobStatements(queue), ...claimStatements(queue) };
    const { admission, claimFew, claim, claimFrom, partitions, claimShares } = this.#statements;
    const timedAs = new Map<unknown, 'statement' | 'count'>([
      [admission, 'count'],
      [claimFew, 'count'],
      [claim, 'statement'],
      [claimFrom, 'statement'],
      [partitions, 'statement'],
      [claimShares, 'statement'],
    ]);
    pool.on('connect', (client) => {
      const send = client.query.bind(client) as (...args: unknown[]) => unknown;
      const timed = async (...args: unknown[]) => {
        const part = timedAs.get(args[0]);
        if (part === undefined) return send(...args);
        const began = performance.now();
        const answer = await send(...args);
        this.#spent[part] += performance.now() - began;
        return answer;
      };
      Object.assign(client, { query: timed });
    });
  }

  async measure(claims: number): Promise<ClaimTimes> {
    const times: ClaimTimes = { statement: [], count: [], transaction: [] };
    for (let i = 0; i < claims; i++) {
      Object.assign(this.#spent, { statement: 0, count: 0 });
      const began = performance.now();
      const { started } = await claimJobs({
        pool: this.#pool,
        queue: this.#queue,
        statements: this.#statements,
        startedBy: 'bench',
        passOver: [],
        memory: this.#memory,
        start: async () => ({ kind: 'started', runId: randomUUID() }),
      });
      times.transaction.push(performance.now() - began);
      times.statement.push(this.#spent.statement);
      times.count.push(this.#spent.count);
      if (started.length !== this.#queue.batch) {
        throw new Error(`a claim took ${started.length} rows in place of ${this.#queue.batch}`);
      }
      const ids = started.map(({ id }) => id);
      await completeJobs(this.#pool, ids);
      await insertWaiting(this.#pool, ids.length);
    }
    return times;
  }
}

/** Median and 99th percentile of each repetition. */
export function summary(
  rounds: readonly ClaimTimes[],
  of: keyof ClaimTimes,
): { p50: number[]; p99: number[] } {
  return {
    p50: rounds.map((times) => median(times[of])),
    p99: rounds.map((times) => quantile(times[of], 0.99)),
  };
}
