import type { Client } from '@temporalio/client';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import { workflowStartSeconds } from '../platform/metrics.ts';
import { isCodecAway } from '../platform/remote-codec.ts';
import {
  ensureSearchAttributes,
  hasSearchAttributes,
  lacksSearchAttributes,
} from '../platform/search-attributes.ts';
import { isRefusalOfOne, isTemporalAway } from '../platform/temporal.ts';
import type { Tracing } from '../platform/tracing.ts';
import { labelOf, type QueueDefinition } from '../queues/definition.ts';
import { searchAttributeNames } from '../queues/search-attributes.ts';
import { claimStatements } from '../sql/claim.ts';
import { jobStatements } from '../sql/job.ts';
import { noteReasons, reasonsOf } from '../sql/refusal-reasons.ts';
import { signalRowStatements } from '../sql/signal-rows.ts';
import { type StartWatchedStatements, startWatchedStatements } from '../sql/start-watched.ts';
import { storeFailureOf } from '../storage/failures.ts';
import { type Claim, ClaimMemory, claimJobs } from './claim.ts';
import type { LeftJob } from './claimed-job.ts';
import { PassedOver } from './passed-over.ts';
import { startTraced } from './traced-start.ts';

/** How many rows are read beyond those that may start, to come to the end of those that are refused. */
const sweepRows = 500;

export interface PassCounts {
  started: number;
  /** Rows left as they were because an old run of theirs is still closing. */
  closing: number;
  /** Rows left as they were because Temporal did not answer, or refuses all starts alike. */
  unanswered: number;
  /** Rows left as they were because Temporal or their table refuses just them. */
  refused: number;
  /** Watched jobs that failed instead of starting, as they never can. */
  failed: number;
  /** What kept rows back: the limit in flight, those of keys, the rate, a pause, or a queue that goes first. */
  heldBy: Claim['heldBy'];
  /** When a rate that held rows back has room again, in milliseconds. */
  retryInMs: number | undefined;
  /** When the first of the rows may go that are passed over, in milliseconds; `undefined`: there is none. */
  againInMs: number | undefined;
  /** Whether no other row waited, but those that are passed over. */
  sawAll: boolean;
}

interface StarterOptions {
  pool: Pool;
  client: Client;
  queue: QueueDefinition;
  workerId: string;
  /** Where the page is, for links to jobs; left out: there are none. */
  publicUrl?: string | undefined;
  log: Logger;
  /** The traces of this process; left out: it has none. */
  tracing?: Tracing | undefined;
  /** Whether signals were looked for since a time of `performance.now()`, or are just then; left out: they may have been. */
  signalsLookedFor?: ((since: number) => boolean) | undefined;
  /** Told of the jobs that a claim has started, after its COMMIT; left out: nobody is. */
  onStarted?: ((jobs: readonly { id: string }[]) => void) | undefined;
}

/** Turns the waiting rows of one queue into workflows, one pass at a time. It knows nothing of what the jobs are. */
export class Starter {
  readonly queue: QueueDefinition;
  readonly #options: StarterOptions;
  readonly #statements: ReturnType<typeof jobStatements> & ReturnType<typeof claimStatements>;
  readonly #watched: StartWatchedStatements;
  readonly #ring: string;
  readonly #passedOver = new PassedOver();
  readonly #memory = new ClaimMemory();
  /** After a claim whose rows were all refused: there may be thousands of them. */
  #probesAll = false;

  constructor(options: StarterOptions) {
    this.queue = options.queue;
    this.#options = { ...options, log: options.log.child({ queue: options.queue.name }) };
    this.#statements = { ...jobStatements(options.queue), ...claimStatements(options.queue) };
    this.#ring = signalRowStatements(options.queue).ring;
    this.#watched = startWatchedStatements(options.queue);
  }

  /** Claims at most one batch. Throws when Postgres is away; a start that Temporal refuses is counted, not thrown. */
  async runOnce(): Promise<PassCounts> {
    const { pool, client, workerId, publicUrl, tracing } = this.#options;
    const began = performance.now();
    const { passOver, tries } = this.#passedOver.next({ triesNone: this.#probesAll });
    const claim = await claimJobs({
      pool,
      queue: this.queue,
      statements: this.#statements,
      watched: this.#watched,
      startedBy: workerId,
      passOver,
      extraRows: this.#probesAll ? sweepRows : tries,
      probesAll: this.#probesAll,
      memory: this.#memory,
      start: async (job) => {
        const end = workflowStartSeconds.startTimer({ queue: labelOf(this.queue) });
        const answer = await startTraced({ client, pool, tracing, publicUrl }, this.queue, job).catch(
          (error: unknown) => {
            end({ outcome: 'refused' });
            throw error;
          },
        );
        end({ outcome: answer.kind });
        return answer;
      },
    });
    if (claim.started.length > 0) this.#options.onStarted?.(claim.started);
    await this.#report(claim);
    await this.#ringForSignals(claim, began);
    if (claim.left.some((job) => 'error' in job && lacksSearchAttributes(job.error)))
      await this.#restoreSearchAttributes();
    const refused = claim.left.filter(isRefused).length;
    this.#probesAll = claim.left.some(({ why }) => why === 'not marked') && claim.started.length === 0;
    const closing = claim.left.filter(({ why }) => why === 'closing').length;
    return {
      started: claim.started.length,
      closing,
      unanswered: claim.left.filter((job) => job.why === 'not started' && !isRefused(job)).length,
      refused,
      failed: claim.failed.length,
      heldBy: claim.heldBy,
      retryInMs: claim.retryInMs,
      againInMs: this.#passedOver.againInMs(),
      sawAll: claim.sawAll,
    };
  }

  /**
   * Signals that were held for a job have nobody else who rings for them. After the claim, which must not fail for them. The claim saw
   * those that were there as it marked the jobs; one that came later rings itself, and is held only by who looked before the COMMIT.
   */
  async #ringForSignals({ started, signaled }: Claim, began: number): Promise<void> {
    const mayBeHeld = signaled || (this.#options.signalsLookedFor?.(began) ?? true);
    if (started.length === 0 || !mayBeHeld) return;
    await this.#options.pool.query(this.#ring, [started.map(({ id }) => id)]).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'signals that wait for the jobs are found by polling');
    });
  }

  /** After the claim, so that no row is locked meanwhile; its rows go at the next pass. */
  async #restoreSearchAttributes(): Promise<void> {
    const { client, log } = this.#options;
    await ensureSearchAttributes(client, searchAttributeNames, log);
    if (hasSearchAttributes(client))
      log.warn('the namespace had lost its search attributes; they were added again');
  }

  async #report(claim: Claim): Promise<void> {
    const { log } = this.#options;
    for (const { id, attempt, requestId } of claim.started) {
      this.#passedOver.started(id);
      log.info({ jobId: id, attempt, requestId }, 'job started');
    }
    for (const { id, requestId, code, message } of claim.failed)
      log.warn(
        { jobId: id, requestId, code, reason: message },
        'the job can never be started; it has failed',
      );
    for (const id of claim.moved)
      log.info({ jobId: id }, 'a trigger of the table moved the job as it was started; it is not run');
    const unanswered = claim.left.filter((job) => job.why === 'not started' && isAway(job.error));
    if (unanswered[0] !== undefined && 'error' in unanswered[0]) {
      const { error: err } = unanswered[0];
      const who = isCodecAway(err) ? 'the codec server' : 'Temporal';
      log.warn({ jobs: unanswered.length, err }, `${who} is out of reach; the jobs stay queued`);
    }
    for (const job of claim.left) {
      if (isRefused(job) || unanswered.includes(job)) continue;
      this.#passedOver.soon(job.id);
      if (job.why === 'closing') log.info({ jobId: job.id }, 'an old run of the job is still closing');
      else if (job.why === 'kept out')
        log.warn({ jobId: job.id }, 'a unique index keeps the job out of flight; it waits');
      else
        log.warn(
          { jobId: job.id, err: 'error' in job && job.error },
          'Temporal refuses starts; the job stays queued',
        );
    }
    await this.#reportRefused(claim.left.filter(isRefused));
  }

  /** After the claim, which must not fail because reporting it does. */
  async #reportRefused(refused: readonly RefusedLeft[]): Promise<void> {
    if (refused.length === 0) return;
    const { pool, log } = this.#options;
    const reasons = await reasonsOf(pool, this.#statements, refused);
    for (const { id, refusals, error } of refused) {
      const passedOverMs = this.#passedOver.refused(id, refusals, Date.now(), {
        shortly: storeFailureOf(error) !== undefined,
      });
      const fields = { jobId: id, reason: reasons.get(id), passedOverMs };
      log.warn(fields, 'the job cannot be started; it stays queued, and is passed over');
    }
    const byStore = Map.groupBy(refused, ({ error }) => storeFailureOf(error) !== undefined);
    for (const [onlyFirst, rows] of byStore)
      await noteReasons(pool, this.#statements, rows, reasons, { onlyFirst }).catch((error: unknown) =>
        log.error({ err: error }, 'the history of jobs that cannot be started could not be written'),
      );
  }
}

const isAway = (error: unknown): boolean => isTemporalAway(error) || isCodecAway(error);

type RefusedLeft = LeftJob & { error: unknown };

/** Whether Temporal or its table refuses just this row. */
const isRefused = (job: LeftJob): job is RefusedLeft =>
  job.why === 'not marked' || (job.why === 'not started' && isRefusalOfOne(job.error));
