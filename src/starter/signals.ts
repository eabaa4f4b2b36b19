import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { Pool } from '../platform/database.ts';
import { subjectOf } from '../platform/database-errors.ts';
import type { Logger } from '../platform/logging.ts';
import { eachSideBySide } from '../platform/side-by-side.ts';
import { type QueueDefinition, workflowIdOf } from '../queues/definition.ts';
import { answeredSignal } from '../queues/job.ts';
import { type ParkingStatements, parkingStatements } from '../sql/parking.ts';
import { type SignalStatements, signalStatements } from '../sql/signals.ts';
import { SignalRows } from './signal-rows.ts';

/** How long a job that was asked to end is left alone before it is asked again. */
const askAgainMs = 5_000;
/** The same for a job that has its answer: Temporal keeps a signal, and the job may wait for room. */
const tellAgainMs = 10 * 60 * 1000;
/** How many rows one pass reads, of each kind. */
const mostRows = 1_000;
/** How many signals travel to Temporal at a time. */
const atATime = 20;
const requestDeadlineMs = 5_000;

export interface SignalCounts {
  /** Running jobs whose workflow was asked to end. */
  canceling: number;
  /** Parked jobs whose answer was sent to their workflow. */
  answered: number;
  /** Signals of rows that were delivered, or failed permanently. */
  signaled: number;
  /** Delayed rows whose time has come, and rows of older workers whose lease has run out. */
  due: number;
  /** In how many milliseconds the next of these is due; `undefined`: there is none. */
  nextDueMs: number | undefined;
}

/**
 * Carries what rows ask for to where it takes effect: `cancel_requested_at` of a running job and the answer of a parked one to
 * Temporal, and `run_at` that has come to the claim. It may be done twice and by several starters at once: a workflow is canceled once.
 */
export class Signals {
  readonly queue: QueueDefinition;
  readonly #options: { pool: Pool; client: Client; log: Logger };
  readonly #statements: SignalStatements;
  readonly #parking: ParkingStatements | undefined;
  readonly #signalRows: SignalRows;
  readonly #asked = new Map<string, number>();
  readonly #told = new Map<string, number>();
  #looking = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Delayed rows of which the log has been told. */
  readonly #refused = new Set<string>();

  constructor(options: { pool: Pool; client: Client; queue: QueueDefinition; log: Logger }) {
    this.queue = options.queue;
    this.#options = { ...options, log: options.log.child({ queue: options.queue.name }) };
    this.#statements = signalStatements(options.queue);
    this.#parking = parkingStatements(options.queue);
    this.#signalRows = new SignalRows(options);
  }

  /** One pass. Throws when Postgres is away; what Temporal does not take is asked again a little later. */
  async runOnce(): Promise<SignalCounts> {
    this.#looking += 1;
    try {
      return await this.#look();
    } finally {
      this.#looking -= 1;
      this.#lookedAt = performance.now();
    }
  }

  /** Whether a pass is under way, or ended at this time of `performance.now()` or later. */
  lookedSince(time: number): boolean {
    return this.#looking > 0 || this.#lookedAt >= time;
  }

  async #look(): Promise<SignalCounts> {
    const { due, nextDueMs } = await this.#release();
    const canceling = await this.#cancel();
    const answered = await this.#tellAnswers();
    const { delivered, failed, againInMs } = await this.#signalRows.runOnce();
    const signaled = delivered + failed;
    return { canceling, answered, signaled, due, nextDueMs: soonest([nextDueMs, againInMs]) };
  }

  /** Delayed rows, and those whose older worker let its lease run out. */
  async #release(): Promise<{ due: number; nextDueMs: number | undefined }> {
    const { releaseAdopted } = this.#statements;
    const delayed = await this.#releaseDelayed();
    if (releaseAdopted === undefined) return delayed;
    const adopted = await this.#releaseBy(releaseAdopted, mostRows);
    return {
      due: delayed.due + adopted.due,
      nextDueMs: soonest([delayed.nextDueMs, adopted.nextDueMs]),
    };
  }

  /** All together; where the table refuses one, each by itself, so that the others go. */
  async #releaseDelayed(): Promise<{ due: number; nextDueMs: number | undefined }> {
    const { release, due, releaseOne } = this.#statements;
    try {
      return await this.#releaseBy(release, mostRows);
    } catch (error) {
      if (subjectOf(error) !== 'row') throw error;
    }
    const { rows } = await this.#options.pool.query<{ id: string }>(due, [mostRows]);
    let released = 0;
    for (const { id } of rows) {
      try {
        released += (await this.#options.pool.query(releaseOne, [id])).rowCount ?? 0;
        this.#refused.delete(id);
      } catch (error) {
        if (subjectOf(error) !== 'row') throw error;
        if (!this.#refused.has(id))
          this.#options.log.warn({ jobId: id, err: error }, 'the table refuses to let a delayed row go');
        this.#refused.add(id);
      }
    }
    return { ...(await this.#releaseBy(release, 0)), due: released };
  }

  async #releaseBy(statement: string, most: number): Promise<{ due: number; nextDueMs: number | undefined }> {
    const { rows } = await this.#options.pool.query<{ due: number; next_due_ms: number | null }>(statement, [
      most,
    ]);
    return { due: rows[0]?.due ?? 0, nextDueMs: rows[0]?.next_due_ms ?? undefined };
  }

  async #cancel(): Promise<number> {
    const { rows } = await this.#options.pool.query<RequestRow>(this.#statements.cancelRequested, [
      mostRows,
      stillIn(this.#asked),
    ]);
    await eachSideBySide(rows, atATime, (row) => {
      this.#asked.set(row.run_id, Date.now() + askAgainMs);
      return this.#tell(row, 'to stop', (handle) => handle.cancel());
    });
    return rows.length;
  }

  async #tellAnswers(): Promise<number> {
    if (this.#parking === undefined) return 0;
    const { rows } = await this.#options.pool.query<RequestRow & { asked: string }>(this.#parking.answered, [
      mostRows,
      stillIn(this.#told),
    ]);
    await eachSideBySide(rows, atATime, async (row) => {
      const taken = await this.#tell(row, 'its answer', (handle) => handle.signal(answeredSignal));
      this.#told.set(row.asked, Date.now() + (taken ? tellAgainMs : askAgainMs));
    });
    return rows.length;
  }

  /**
   * The newest run, where the one that the row names began its chain; else that one alone: no other attempt is told. Answers
   * whether Temporal took it.
   */
  async #tell(
    { id, run_id: runId, request_id: requestId, workflow_id: named }: RequestRow,
    what: 'to stop' | 'its answer',
    tell: (handle: WorkflowHandle) => Promise<unknown>,
  ): Promise<boolean> {
    const log = this.#options.log.child({ jobId: id, requestId });
    const workflowId = named ?? workflowIdOf(this.queue, id);
    const { workflow } = this.#options.client;
    const newest = workflow.getHandle(workflowId, undefined, { firstExecutionRunId: runId });
    try {
      const told =
        (await this.#tellRun(newest, tell)) ||
        (await this.#tellRun(workflow.getHandle(workflowId, runId), tell));
      if (told) log.info(`the job is told ${what}`);
      else log.info(`a job to be told ${what} has no open workflow; the reconciler mends its row`);
      return told;
    } catch (error) {
      log.warn({ err: error }, `Temporal did not take it that the job is told ${what}; asking again`);
      return false;
    }
  }

  /** `false`: there is no such open run. */
  async #tellRun(
    handle: WorkflowHandle,
    tell: (handle: WorkflowHandle) => Promise<unknown>,
  ): Promise<boolean> {
    try {
      await this.#options.client.withDeadline(Date.now() + requestDeadlineMs, () => tell(handle));
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }
}

interface RequestRow {
  id: string;
  run_id: string;
  request_id: string | null;
  /** Where the row says it: of a watched job. */
  workflow_id?: string | null;
}

function soonest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((ms) => ms !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** The keys whose time is not over yet; the others are dropped. */
function stillIn(times: Map<string, number>): string[] {
  const now = Date.now();
  for (const [key, until] of times) if (until <= now) times.delete(key);
  return [...times.keys()];
}
