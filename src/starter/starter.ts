import type { Client } from '@temporalio/client';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import { ensureSearchAttributes, isTemporalAway, lacksSearchAttributes } from '../platform/temporal.ts';
import { claimStatements } from '../queues/claim-statements.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { searchAttributeNames } from '../queues/search-attributes.ts';
import { jobStatements } from '../queues/statements.ts';
import { type Claim, ClaimMemory, claimJobs } from './claim.ts';
import { startWorkflow } from './start-workflow.ts';

/** How long a row that could not be started is passed over, so that it does not keep the rows behind it waiting. */
export const passOverMs = 1_000;

export interface PassCounts {
  started: number;
  /** Rows left as they were because an old run of theirs is still closing. */
  closing: number;
  /** Rows left as they were because Temporal refused their start or did not answer. */
  refused: number;
  /** What kept rows back: the limit in flight, those of keys, the rate, a pause, or a queue that goes first. */
  heldBy: Claim['heldBy'];
  /** When a rate that held rows back has room again, in milliseconds. */
  retryInMs: number | undefined;
  /** Rows that could not be started a moment ago and are passed over until {@link passOverMs} later. */
  passedOver: number;
}

/** Turns the waiting rows of one queue into workflows, one pass at a time. It knows nothing of what the jobs are. */
export class Starter {
  readonly queue: QueueDefinition;
  readonly #options: { pool: Pool; client: Client; workerId: string; log: Logger };
  readonly #statements: ReturnType<typeof jobStatements> & ReturnType<typeof claimStatements>;
  readonly #passedOver = new Map<string, number>();
  readonly #memory = new ClaimMemory();

  constructor(options: {
    pool: Pool;
    client: Client;
    queue: QueueDefinition;
    workerId: string;
    log: Logger;
  }) {
    this.queue = options.queue;
    this.#options = { ...options, log: options.log.child({ queue: options.queue.name }) };
    this.#statements = { ...jobStatements(options.queue), ...claimStatements(options.queue) };
  }

  /** Claims at most one batch. Throws when Postgres is away; a start that Temporal refuses is counted, not thrown. */
  async runOnce(): Promise<PassCounts> {
    const { pool, client, workerId } = this.#options;
    const claim = await claimJobs({
      pool,
      queue: this.queue,
      statements: this.#statements,
      startedBy: workerId,
      passOver: this.#stillPassedOver(),
      memory: this.#memory,
      start: (job) => startWorkflow(client, this.queue, job),
    });
    this.#report(claim);
    if (claim.left.some(({ error }) => lacksSearchAttributes(error))) await this.#restoreSearchAttributes();
    const refused = claim.left.filter(({ why }) => why === 'refused').length;
    const closing = claim.left.filter(({ why }) => why === 'closing').length;
    return {
      started: claim.started.length,
      closing,
      refused,
      heldBy: claim.heldBy,
      retryInMs: claim.retryInMs,
      passedOver: this.#passedOver.size,
    };
  }

  /** After the claim, so that no row is locked meanwhile; its rows go at the next pass. */
  async #restoreSearchAttributes(): Promise<void> {
    const { client, log } = this.#options;
    await ensureSearchAttributes(client, searchAttributeNames);
    log.warn('the namespace had lost its search attributes; they were added again');
  }

  #stillPassedOver(): string[] {
    const now = Date.now();
    for (const [id, until] of this.#passedOver) if (until <= now) this.#passedOver.delete(id);
    return [...this.#passedOver.keys()];
  }

  #report(claim: Claim): void {
    const { log } = this.#options;
    for (const { id, attempt, requestId } of claim.started) {
      log.info({ jobId: id, attempt, requestId }, 'job started');
    }
    const unanswered = claim.left.filter(({ error }) => isTemporalAway(error));
    if (unanswered[0] !== undefined) {
      const fields = { jobs: unanswered.length, err: unanswered[0].error };
      log.warn(fields, 'Temporal is out of reach; the jobs stay queued');
    }
    for (const { id, why, error } of claim.left) {
      if (isTemporalAway(error)) continue;
      this.#passedOver.set(id, Date.now() + passOverMs);
      if (why === 'closing') log.info({ jobId: id }, 'an old run of the job is still closing');
      else if (why === 'kept out')
        log.warn({ jobId: id }, 'a unique index keeps the job out of flight; it waits');
      else log.warn({ jobId: id, err: error }, 'Temporal refused the job; it stays queued');
    }
  }
}
