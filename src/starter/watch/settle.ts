import { type Client, isGrpcServiceError } from '@temporalio/client';
import type pg from 'pg';
import type { Pool } from '../../platform/database.ts';
import { isDatabaseError, sentenceOf, subjectOf } from '../../platform/database-errors.ts';
import { ErrorCode } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import { countEnd, watchedEndLagSeconds, watchedEnds } from '../../platform/metrics.ts';
import { RowBackoff } from '../../platform/row-backoff.ts';
import { fitForRow } from '../../platform/row-text.ts';
import { Slots } from '../../platform/slots.ts';
import { isTemporalAway } from '../../platform/temporal.ts';
import { msOf } from '../../platform/temporal-time.ts';
import { labelOf, type QueueDefinition } from '../../queues/definition.ts';
import { type WatchStatements, watchStatements } from '../../sql/watch.ts';
import { lastRunOf } from './chain.ts';
import { codecOf } from './codec.ts';
import { endOf, type RowEnd } from './end.ts';
import type { JobKeys } from './job-key.ts';
import { MissingRuns } from './missing-runs.ts';
import { hasEnded, type StartedRow, showsEarlierRun, type WatchedRow } from './row.ts';
import { endsItself, Runs, type SeenEnd, type SeenRun } from './runs.ts';

/** How an end was learned of. */
export type Way = 'poll' | 'visibility' | 'sweep';

/** What became of a row that was settled. */
export type Settled =
  /** Its workflow is open; `revived`: the row had ended, and is in flight again. */
  | { kind: 'open'; runId: string; revived: boolean; waiting: SeenRun['waiting'] }
  | { kind: 'ended' }
  /** Temporal does not have its workflow; it may be a matter of time. */
  | { kind: 'missing' }
  /** The row has moved on, or it did not take its end. */
  | { kind: 'left' };

const left: Settled = { kind: 'left' };
/** So many rows are settled at a time: each takes a connection for its write. */
const atATime = 20;
/** A codec may be away for so long before a result is given up that it cannot decode, in milliseconds. */
const codecPatienceMs = 10 * 60_000;
/** What Postgres says against a value that is JSON: digits, depth, size, `\u0000`. */
const jsonClasses = new Set(['22', '54']);

export interface SettleOptions {
  pool: Pool;
  client: Client;
  queue: QueueDefinition;
  keys: JobKeys;
  /** The name of this process, which stands on rows that it revives. */
  workerId: string;
  log: Logger;
  /** Called when a row has changed. */
  onChange?: () => void;
  /** How long Temporal must not have had a workflow, and the job have been in flight, until that fails it, in milliseconds. */
  goneMs?: number;
}

interface SettleHow {
  /** Asks Temporal; left out: at once. */
  runs?: Runs;
  /** The end of a run that is known already. */
  seen?: SeenEnd;
}

/**
 * Brings rows to the state of their workflows. What is written to a row comes from Temporal's own state, never from its search, and each
 * write is fenced by the first run of the chain and by the time when the job was started or revived.
 *
 * An end that a run came to by itself is written as soon as it is seen: if the workflow is reset afterwards, that brings the row back. Temporal
 * is asked first about a run that was terminated, which may have been reset while it ran, and for a row that a reset has brought back, as
 * what was seen may be the end from before.
 */
export class Settle {
  readonly #options: SettleOptions;
  readonly #statements: WatchStatements;
  readonly #runs: Runs;
  readonly #missing: MissingRuns;
  readonly #backoff = new RowBackoff();
  readonly #slots = new Slots(atATime);

  constructor(options: SettleOptions) {
    this.#options = options;
    this.#statements = watchStatements(options.queue);
    this.#runs = new Runs(options.client);
    this.#missing = new MissingRuns(options.goneMs);
  }

  /**
   * Asks Temporal, and writes what it says. A row that refuses its end is noted and left alone for a while.
   * @throws when Temporal or Postgres is away
   */
  settle(row: WatchedRow, way: Way, { runs = this.#runs, seen }: SettleHow = {}): Promise<Settled> {
    return this.#slots.run(async () => {
      const key = `${row.id} ${row.run_id}`;
      if (row.run_id === null || row.status === 'queued' || this.#backoff.isWaiting(key)) return left;
      try {
        const settled = await this.#settle({ ...row, run_id: row.run_id }, way, runs, seen);
        if (settled.kind !== 'left') this.#backoff.repaired(key);
        return settled;
      } catch (error) {
        if (isAway(error)) throw error;
        await this.#refused(row, key, error);
        return left;
      }
    });
  }

  async #settle(row: StartedRow, way: Way, runs: Runs, seen?: SeenEnd): Promise<Settled> {
    const { keys } = this.#options;
    if (seen !== undefined && isItsEnd(row, seen)) return this.#writeEnd(row, seen, way);
    const last = await lastRunOf({ runs, keys }, row, seen);
    if (last === undefined) return this.#isMissing(row, way);
    this.#missing.found(row);
    const { run, closed } = last;
    if (closed === undefined) return this.#isOpen(row, run);
    const open = !hasEnded(row) ? row : showsEarlierRun(row, run) ? await this.#revive(row, run) : undefined;
    return open === undefined ? left : this.#writeEnd(open, { runId: run.runId, event: closed }, way);
  }

  async #writeEnd(row: WatchedRow, { runId, event }: SeenEnd, way: Way): Promise<Settled> {
    const codec = codecOf(this.#options.client, row.workflow_id);
    const closedAtMs = msOf(event.eventTime) ?? 0;
    const end = await endOf(codec, event, { lastTry: Date.now() - closedAtMs > codecPatienceMs });
    return this.#write(row, end, way, { runId, closedAtMs });
  }

  async #isOpen(row: WatchedRow, run: SeenRun): Promise<Settled> {
    const { runId, waiting } = run;
    if (!hasEnded(row)) return { kind: 'open', runId, revived: false, waiting };
    // Not reset: somebody has ended the row by hand, and its workflow is to end too. See orphans.ts.
    if (runId === row.run_id && row.error_code !== ErrorCode.WORKFLOW_GONE) return left;
    return (await this.#revive(row, run)) ? { kind: 'open', runId, revived: true, waiting } : left;
  }

  /** A reset brings its job back, also one that has ended again by now. `undefined`: the row has moved on. */
  async #revive(row: WatchedRow, run: SeenRun): Promise<WatchedRow | undefined> {
    const { queue, workerId, log, onChange } = this.#options;
    const values = [row.id, row.run_id, row.ended_run_id, workerId, queue.deadlineMs];
    const { rows } = await this.#query<Pick<WatchedRow, 'started_at'>>(this.#statements.revive, values);
    const [revived] = rows;
    if (revived === undefined) return undefined;
    log.info({ jobId: row.id, runId: run.runId }, 'the workflow of an ended job was reset');
    onChange?.();
    return { ...row, ...revived, status: 'processing' };
  }

  /** Not at once: a namespace that is being restored or replicated has nothing for a while. */
  async #isMissing(row: WatchedRow, way: Way): Promise<Settled> {
    if (hasEnded(row)) return left;
    if (!this.#missing.isGone(row)) return { kind: 'missing' };
    const message = `Temporal no longer has the workflow ${row.workflow_id}: how it ended is not known`;
    return this.#write(row, { status: 'failed', code: ErrorCode.WORKFLOW_GONE, message }, way);
  }

  /** `run`: the one that ended; left out: Temporal no longer has it. */
  async #write(
    row: WatchedRow,
    end: RowEnd,
    way: Way,
    run?: { runId: string; closedAtMs: number },
  ): Promise<Settled> {
    const { queue, log, onChange } = this.#options;
    const fields = { jobId: row.id, attempt: row.attempt, status: end.status, way };
    if (!(await this.#update(row, end, run?.runId ?? null))) {
      log.info(fields, 'the end of a workflow came too late for its row, which has moved on');
      return left;
    }
    this.#missing.found(row);
    countEnd(labelOf(queue), end.status, end.status === 'failed' ? end.code : null);
    watchedEnds.inc({ queue: labelOf(queue), way });
    if (run !== undefined)
      watchedEndLagSeconds.observe(
        { queue: labelOf(queue) },
        Math.max(0, Date.now() - run.closedAtMs) / 1000,
      );
    log.info(end.status === 'failed' ? { ...fields, code: end.code } : fields, 'job ended');
    onChange?.();
    return { kind: 'ended' };
  }

  async #update(row: WatchedRow, end: RowEnd, endedRunId: string | null): Promise<boolean> {
    const own = [row.id, row.run_id, row.started_at, endedRunId];
    const { complete, fail, cancel } = this.#statements;
    if (end.status === 'canceled') return (await this.#query(cancel, own)).rowCount === 1;
    if (end.status === 'failed')
      return (await this.#query(fail, [...own, end.code, end.message])).rowCount === 1;
    try {
      return (await this.#query(complete, [...own, end.result, end.note])).rowCount === 1;
    } catch (error) {
      if (end.result === null || !isDatabaseError(error) || !jsonClasses.has(error.code?.slice(0, 2) ?? ''))
        throw error;
      const note = `JSON of ${Buffer.byteLength(end.result)} bytes that Postgres does not take: ${sentenceOf(error)}`;
      return (await this.#query(complete, [...own, null, fitForRow(note)])).rowCount === 1;
    }
  }

  /** An error that is no answer of Postgres came from the way to it, and says nothing of the row. */
  #query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<pg.QueryResult<Row>> {
    return this.#options.pool.query<Row>(text, values).catch((error: unknown) => {
      throw isDatabaseError(error) ? error : new ConnectionLost('Postgres did not answer', { cause: error });
    });
  }

  async #refused(row: WatchedRow, key: string, error: unknown): Promise<void> {
    const { pool, log } = this.#options;
    const nextInMs = this.#backoff.failed(key);
    log.error(
      { err: error, jobId: row.id, nextInMs },
      'a job could not be brought to the state of its workflow',
    );
    if (!isDatabaseError(error)) return;
    const why = fitForRow(`the row did not take the end of its job: ${sentenceOf(error)}`);
    await pool.query(this.#statements.noteRefusal, [row.id, row.run_id, why]).catch((untold: unknown) => {
      log.warn({ err: untold, jobId: row.id }, 'the refusal could not be noted in the history of the job');
    });
  }
}

const isItsEnd = (row: WatchedRow, { event }: SeenEnd): boolean =>
  row.ended_run_id === null && endsItself(event);

/** gRPC's CANCELLED. */
const cancelled = 1;

const isAbort = (error: unknown): boolean =>
  (error instanceof Error && error.name === 'AbortError') ||
  (isGrpcServiceError(error) && error.code === cancelled);

class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** Whether an error is of all rows alike, and not of the one that was settled: it may come from the end of the process. */
const isAway = (error: unknown): boolean =>
  isAbort(error) ||
  isTemporalAway(error) ||
  error instanceof ConnectionLost ||
  (isDatabaseError(error) && subjectOf(error) === 'database');
