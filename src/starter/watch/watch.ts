import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Pool } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import { LostTasks } from '../../platform/lost-tasks.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import { type WatchStatements, watchStatements } from '../../sql/watch.ts';
import type { Budget } from './budget.ts';
import type { Follower } from './follower.ts';
import { JobKeys } from './job-key.ts';
import { Lease } from './lease.ts';
import { orphansPage } from './orphans.ts';
import type { WatchParts } from './parts.ts';
import { removeExpiredPage, temporalKeepsMs } from './retention.ts';
import type { WatchedRow } from './row.ts';
import { Runs, type SeenEnd } from './runs.ts';
import { Settle, type Settled } from './settle.ts';
import { type Place, sweepPage } from './sweep.ts';
import { Visibility } from './visibility.ts';

/** Open workflows that are younger are not looked at as orphans: Temporal's search lags behind. */
const defaultSettledMs = 60_000;
/** So many rows are read to see whether all are followed. */
const mostCompared = 501;
const mostSeeded = 500;
/** Whoever starts a job follows it by then. */
const followedWithinMs = 1_000;

export interface WatchOptions {
  pool: Pool;
  client: Client;
  queue: QueueDefinition;
  /** The name of this process, as it stands on the rows that it started. */
  workerId: string;
  /** Of the whole process. */
  follower: Follower;
  budget: Budget;
  log: Logger;
  /** How long ended rows are kept, in milliseconds; left out or 0: for ever. */
  keepJobsMs?: number;
  /** Called when a row has changed; left out: nobody is told. */
  onChange?: () => void;
  goneMs?: number;
  settledMs?: number;
  /** See the setting LOST_TASK_AFTER; left out: its default. */
  lostTaskAfterMs?: number;
  /** Nothing more is followed once it is aborted; left out: never. */
  signal?: AbortSignal;
}

/** The watch of one queue: how its workflows end. Each method is one step; `runWatch` takes them in turn. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #statements: WatchStatements;
  readonly #parts: WatchParts;
  readonly #lease: Lease;
  readonly #closed: Visibility;
  readonly #running: Visibility;
  #closedSinceMs: number | undefined;
  #followedAll = true;
  #swept: Place | undefined;
  #expiredFrom: string | null = null;
  #orphansToken: Uint8Array | undefined;

  constructor(options: WatchOptions) {
    const { pool, client, queue, workerId, budget } = options;
    const log = options.log.child({ queue: queue.name });
    this.#options = { ...options, log };
    this.#statements = watchStatements(queue);
    this.#lease = new Lease({ pool, statements: this.#statements, holder: `${workerId} ${randomUUID()}` });
    const keys = new JobKeys(client, queue);
    this.#parts = {
      pool,
      client,
      queue,
      statements: this.#statements,
      keys,
      runs: new Runs(client),
      pacedRuns: new Runs(client, () => budget.take()),
      budget,
      settle: new Settle({ ...this.#options, keys }),
      lostTasks: new LostTasks(client, options.lostTaskAfterMs),
      follow: (row) => this.#follow(row),
      log,
    };
    this.#closed = new Visibility(this.#parts, 'closed');
    this.#running = new Visibility(this.#parts, 'running');
  }

  get queue(): QueueDefinition {
    return this.#options.queue;
  }

  /** Follows jobs that were just started. */
  async started(ids: readonly string[]): Promise<void> {
    const { rows } = await this.#options.pool.query<WatchedRow>(this.#statements.rows, [ids]);
    for (const row of rows) if (row.status === 'processing') this.#follow(row);
  }

  /** Follows the youngest jobs that this process started before it was started anew. */
  async followOwn(): Promise<void> {
    await this.#followYoungest(this.#options.workerId);
  }

  /** Takes or renews the lease. Who takes it follows the youngest jobs, whoever started them: that process may be gone. */
  async holdOnce(): Promise<boolean> {
    const held = await this.#lease.hold();
    if (held === undefined || !held.taken) return held !== undefined;
    this.#closedSinceMs = held.closed_since_ms ?? undefined;
    this.#swept =
      held.swept_at === null || held.swept_id === null
        ? undefined
        : { startedAt: held.swept_at, id: held.swept_id };
    await this.#followYoungest(null);
    return true;
  }

  get held(): boolean {
    return this.#lease.held;
  }

  letGo(): Promise<void> {
    return this.#lease.letGo();
  }

  /**
   * Settles what Temporal's search says has closed. While each job in flight is followed it looks only now and then, for jobs that were
   * reset after their end. Answers how many rows it settled.
   */
  async closedOnce(): Promise<number> {
    this.#followedAll = await this.#followsAll();
    if (!this.#followedAll) await this.#followYoungest(null);
    if (!this.#closed.looksWide && this.#followedAll) return 0;
    return this.#closed.closedOnce({
      sinceMs: this.#closedSinceMs,
      keep: async (ms) => {
        this.#closedSinceMs = ms;
        await this.#lease.keepClosedSince(ms);
      },
    });
  }

  /** Whether each job in flight was followed when ended workflows were last looked for. */
  get followedAll(): boolean {
    return this.#followedAll;
  }

  /** Brings rows back whose workflows were reset after they had ended. Answers how many rows it settled. */
  async resetOnce(): Promise<number> {
    await this.#options.budget.take(); // with hundreds of queues it would be the most of what is asked
    return this.#running.resetOnce();
  }

  /** One page of the sweep. Answers whether there are more of this walk. */
  async sweepOnce(): Promise<boolean> {
    this.#swept = await sweepPage(this.#parts, this.#swept);
    await this.#lease.keepSwept(this.#swept);
    return this.#swept !== undefined;
  }

  /** One page of the open workflows. Answers whether there are more of this walk. */
  async orphansOnce(): Promise<boolean> {
    const { settledMs = defaultSettledMs } = this.#options;
    const token = this.#orphansToken;
    this.#orphansToken = undefined; // a token that is not taken any more begins anew
    this.#orphansToken = await orphansPage(this.#parts, { settledMs, token });
    return this.#orphansToken !== undefined;
  }

  /** One page of the walk through expired rows. Answers whether there are more of this walk. */
  async expiredOnce(): Promise<boolean> {
    const { keepJobsMs = 0, client } = this.#options;
    if (keepJobsMs === 0) return false;
    const keepMs = Math.max(keepJobsMs, await temporalKeepsMs(client));
    const from = this.#expiredFrom;
    this.#expiredFrom = null;
    this.#expiredFrom = (await removeExpiredPage(this.#parts, { keepMs, from })) ?? null;
    return this.#expiredFrom !== null;
  }

  async #followsAll(): Promise<boolean> {
    const { pool } = this.#options;
    const { rows } = await pool.query<{ id: string; run_id: string }>(this.#statements.inFlight, [
      mostCompared,
      followedWithinMs,
    ]);
    return rows.length < mostCompared && rows.every((row) => this.#isFollowed(row));
  }

  /** Follows as many of the youngest jobs in flight as there is room for. */
  async #followYoungest(startedBy: string | null): Promise<void> {
    const { pool, follower } = this.#options;
    if (follower.room === 0) return;
    const { rows } = await pool.query<WatchedRow>(this.#statements.youngest, [startedBy, mostSeeded]);
    const others = rows.filter((row) => !this.#isFollowed(row));
    for (const row of others.slice(-follower.room)) this.#follow(row);
  }

  #isFollowed({ id, run_id }: Pick<WatchedRow, 'id' | 'run_id'>): boolean {
    const { follower, queue } = this.#options;
    return run_id !== null && follower.follows({ queue: queue.name, id, firstRunId: run_id });
  }

  #follow(row: WatchedRow): void {
    const { follower, queue, signal } = this.#options;
    if (row.run_id === null || row.status === 'queued' || signal?.aborted) return;
    const run = { queue: queue.name, id: row.id, workflowId: row.workflow_id, firstRunId: row.run_id };
    follower.follow(run, (seen) => this.#settleFollowed(row, seen));
  }

  /** `row`: as it was when its workflow was followed, so that a row that has been revived since is not taken for it. */
  async #settleFollowed(row: WatchedRow, seen: SeenEnd): Promise<Settled> {
    const { settle } = this.#parts;
    const settled = await settle.settle(row, 'poll', { seen });
    if (settled.kind !== 'left') return settled;
    const { rows } = await this.#options.pool.query<WatchedRow>(this.#statements.rows, [[row.id]]);
    const [now] = rows;
    const wasRevived = now?.run_id === row.run_id && now.started_at !== row.started_at;
    return wasRevived ? settle.settle(now, 'poll') : settled;
  }
}
