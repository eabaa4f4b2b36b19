import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import { type QueueDefinition, workflowIdOf } from '../queues/definition.ts';
import { type RequestStatements, requestStatements } from '../queues/request-statements.ts';

/** How long a job that was asked to end is left alone before it is asked again. */
const askAgainMs = 5_000;
/** How many rows one pass looks at, of each kind. */
const mostRows = 1_000;
/** How many requests travel to Temporal at a time. */
const atATime = 20;
const requestDeadlineMs = 5_000;

export interface RequestCounts {
  /** Running jobs whose workflow was asked to end. */
  canceling: number;
  /** Delayed rows whose time has come, and rows of older workers whose lease has run out. */
  due: number;
  /** In how many milliseconds the next of these is due; `undefined`: there is none. */
  nextDueMs: number | undefined;
}

/**
 * Carries what rows ask for to where it takes effect: `cancel_requested_at` of a running job to Temporal, and `run_at` that
 * has come to the claim. It may be done twice and by several starters at once: a workflow is canceled once.
 */
export class Requests {
  readonly queue: QueueDefinition;
  readonly #options: { pool: Pool; client: Client; log: Logger };
  readonly #statements: RequestStatements;
  readonly #asked = new Map<string, number>();

  constructor(options: { pool: Pool; client: Client; queue: QueueDefinition; log: Logger }) {
    this.queue = options.queue;
    this.#options = { ...options, log: options.log.child({ queue: options.queue.name }) };
    this.#statements = requestStatements(options.queue);
  }

  /** One pass. Throws when Postgres is away; what Temporal does not take is asked again a little later. */
  async runOnce(): Promise<RequestCounts> {
    const { due, nextDueMs } = await this.#release();
    return { canceling: await this.#cancel(), due, nextDueMs };
  }

  /** Delayed rows, and those whose older worker let its lease run out. */
  async #release(): Promise<{ due: number; nextDueMs: number | undefined }> {
    const { release, releaseAdopted } = this.#statements;
    const delayed = await this.#releaseBy(release);
    if (releaseAdopted === undefined) return delayed;
    const adopted = await this.#releaseBy(releaseAdopted);
    const next = [delayed.nextDueMs, adopted.nextDueMs].filter((ms) => ms !== undefined);
    return {
      due: delayed.due + adopted.due,
      nextDueMs: next.length === 0 ? undefined : Math.min(...next),
    };
  }

  async #releaseBy(statement: string): Promise<{ due: number; nextDueMs: number | undefined }> {
    const { rows } = await this.#options.pool.query<{ due: number; next_due_ms: number | null }>(statement, [
      mostRows,
    ]);
    return { due: rows[0]?.due ?? 0, nextDueMs: rows[0]?.next_due_ms ?? undefined };
  }

  async #cancel(): Promise<number> {
    const now = Date.now();
    for (const [run, until] of this.#asked) if (until <= now) this.#asked.delete(run);
    const { rows } = await this.#options.pool.query<CancelRow>(this.#statements.cancelRequested, [
      mostRows,
      [...this.#asked.keys()],
    ]);
    for (let i = 0; i < rows.length; i += atATime) {
      await Promise.all(rows.slice(i, i + atATime).map((row) => this.#cancelOne(row)));
    }
    return rows.length;
  }

  /** The newest run, where the one that the row names began its chain; else that one alone: no other attempt is canceled. */
  async #cancelOne({ id, run_id: runId, request_id: requestId }: CancelRow): Promise<void> {
    const { log } = this.#options;
    const names = { jobId: id, requestId };
    this.#asked.set(runId, Date.now() + askAgainMs);
    const workflowId = workflowIdOf(this.queue, id);
    const { workflow } = this.#options.client;
    try {
      const canceled =
        (await this.#cancelRun(workflow.getHandle(workflowId, undefined, { firstExecutionRunId: runId }))) ||
        (await this.#cancelRun(workflow.getHandle(workflowId, runId)));
      if (canceled) log.info(names, 'the job is told to stop');
      else log.info(names, 'a job to be canceled has no open workflow; the reconciler ends its row');
    } catch (error) {
      log.warn({ ...names, err: error }, 'Temporal did not take the cancelling; asking again');
    }
  }

  /** `false`: there is no such open run. */
  async #cancelRun(handle: WorkflowHandle): Promise<boolean> {
    try {
      await this.#options.client.withDeadline(Date.now() + requestDeadlineMs, () => handle.cancel());
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }
}

interface CancelRow {
  id: string;
  run_id: string;
  request_id: string | null;
}
