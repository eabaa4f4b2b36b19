import { inTransaction, type Pool, type PoolClient } from '../../platform/database.ts';
import { isUniqueViolation, subjectOf } from '../../platform/database-errors.ts';
import type { Logger } from '../../platform/logging.ts';
import { countEnd } from '../../platform/metrics.ts';
import { ownedStates, type QueueDefinition } from '../../queues/definition.ts';
import type { Answer, JobEnd, JobRun, Parked, Question } from '../../queues/job.ts';
import { jobStatements } from '../../sql/job.ts';
import { parkingStatements } from '../../sql/parking.ts';
import { NotMarked, noteReasons, reasonsOf } from '../../sql/refusal-reasons.ts';
import { type RoomStatements, roomStatements } from '../../sql/room.ts';
import {
  JobWait,
  refuseForeign,
  rethrowDatabaseError,
  rowRefused,
  UnknownQueue,
} from '../work/interruptions.ts';
import { type JobRow, type Ownership, ownershipOf } from './ownership.ts';
import { giveAnswer, park, stillParked, wasAsked } from './parking.ts';
import { lock, rowKept, type WrittenEnd, writeEnd } from './row-end.ts';

type Begin =
  | { kind: 'mine'; row: JobRow; attempt: number }
  | { kind: 'parked'; parked: Parked }
  | { kind: 'complete'; row: JobRow }
  | { kind: 'superseded' };

/** The moves of job rows. Every one is fenced: it changes a row only for the run that the row names. */
export interface JobTransitions {
  /**
   * Locks the row, which waits for the claimer's COMMIT, and decides: in flight under this run → go; waiting (the claim
   * was rolled back) → take it over, exactly as a claim marks it; in flight, failed or canceled under an earlier run of
   * which this one is the reset → take it along, and fence the earlier run off; parked under this run → go on when it has its
   * answer; anything else → not this run's. Nor is a row that its table does not let go in flight. What comes back in flight
   * counts against the queue's limits. `firstTry`: the work has not been tried before, and starts now where the queue wants that
   * on its rows.
   * @throws {JobWait} while these have no room
   * @throws {ForeignDatabase} from each of these moves, for the run of another database
   * @throws {JobError} `INPUT_TIMEOUT`
   */
  begin(run: JobRun, options?: { firstTry: boolean }): Promise<Begin>;
  /**
   * For a run whose history tells that it has begun, and which finds that the row is not its own: a reset to a point after the begin,
   * whose first write this is. It takes the row along as a begin would, of the same attempt alone: a row that was started again in
   * the meantime, or waits for that, is left.
   * @throws {JobWait} while a row that had ended finds no room
   */
  rejoin(run: JobRun): Promise<Begin>;
  /**
   * Writes progress columns of the queue while the job runs. `false`: the row was no longer this run's.
   * @throws {DatabaseAway}
   */
  update(run: JobRun, values: Readonly<Record<string, unknown>>): Promise<boolean>;
  /** Publishes the result under the row's lock and completes the row. `false`: the row was no longer this run's. */
  complete(run: JobRun, publish: (tx: PoolClient) => Promise<Record<string, unknown>>): Promise<boolean>;
  /** Parks the row with a question. `undefined`: it was no longer this run's. */
  park(run: JobRun, question: Question): Promise<Parked | undefined>;
}

/** Activities that workflows call to write a row's end. */
export interface JobActivities {
  /** Ends the job without a result. A row that is no longer this run's is left as it is. */
  endJob(run: JobRun, end: JobEnd): Promise<void>;
  /** Answers the job's question. Fails permanently if the table does not accept the answer. */
  answerJob(run: JobRun, answer: Answer): Promise<void>;
}

export function createJobActivities(deps: {
  pool: Pool;
  queues: readonly QueueDefinition[];
  workerId: string;
  log: Logger;
}): JobTransitions & JobActivities {
  const queues = new Map(
    deps.queues.map((queue) => [
      queue.name,
      {
        queue,
        statements: { ...jobStatements(queue), ...roomStatements(queue) },
        parking: parkingStatements(queue),
      },
    ]),
  );
  const find = (run: JobRun) => {
    const found = queues.get(run.queue);
    if (found === undefined) throw new UnknownQueue(`this worker knows no queue "${run.queue}"`);
    refuseForeign(found.queue.database, run);
    return found;
  };
  const findParking = (run: JobRun) => {
    const { parking } = find(run);
    if (parking === undefined) throw new Error(`jobs of the queue "${run.queue}" do not wait for anybody`);
    return parking;
  };

  /**
   * Brings a row in flight that was not, or not under this run. Answers its attempt; `undefined`: the table's own triggers ended
   * it instead.
   * @throws {NotMarked} and whatever else the table has against it
   */
  async function take(
    tx: PoolClient,
    run: JobRun,
    row: JobRow,
    ownership: Extract<Ownership, 'parked' | 'reset' | 'take over'>,
  ): Promise<number | undefined> {
    const { queue, statements, parking } = find(run);
    const [runId] = run.runIds;
    const { waiting, inFlight } = queue.states;
    if (row.job_status !== inFlight) await takeRoom(tx, statements, run);
    if (ownership === 'take over')
      await tx.query(statements.markStarted, [[run.jobId], [runId], deps.workerId, queue.deadlineMs]);
    else if (ownership === 'reset')
      await tx.query(statements.takeByReset, [run.jobId, runId, deps.workerId, queue.deadlineMs]);
    else if (parking !== undefined) await tx.query(parking.resume, [run.jobId, runId, deps.workerId]);
    // Triggers of the table, deferred ones too, may have left the row as it was, or made something else of it.
    await tx.query('SET CONSTRAINTS ALL IMMEDIATE');
    const taken = await lock(tx, { queue, statements }, run);
    if (taken?.job_status === inFlight && taken.job_run_id === runId) return taken.job_attempt;
    if (ownership === 'take over' && taken && taken.job_status !== waiting && taken.job_status !== inFlight)
      return undefined;
    throw new NotMarked();
  }

  /**
   * Ends a begin whose row was not taken: nothing of it was changed, and no work is done. A waiting row then waits for a claim,
   * whose starter looks at its history before it starts another run.
   */
  async function notTaken(
    run: JobRun,
    state: { ownership?: Ownership; attempt?: number },
    error: unknown,
  ): Promise<Begin> {
    const { queue, statements } = find(run);
    const { ownership } = state;
    if (queue.key?.maxInFlight === 1 && isUniqueViolation(error))
      throw new JobWait('a unique index keeps the row out of flight', roomAgainMs);
    if (ownership === 'parked' && error instanceof NotMarked) throw rowRefused(rowKept);
    if ((ownership !== 'take over' && ownership !== 'reset') || error instanceof JobWait) throw error;
    if (!(error instanceof NotMarked) && !['row', 'statement'].includes(subjectOf(error))) throw error;
    const refused = [{ id: run.jobId, attempt: state.attempt ?? 0, error }];
    const reasons = await reasonsOf(deps.pool, statements, refused);
    const log = deps.log.child({ jobId: run.jobId, queue: run.queue, requestId: run.requestId });
    log.warn({ reason: reasons.get(run.jobId) }, 'the table did not let the job go in flight; it is not run');
    if (ownership === 'take over')
      await noteReasons(deps.pool, statements, refused, reasons, { onlyFirst: true });
    return { kind: 'superseded' };
  }

  /**
   * Locks the row and takes it up as what the run is to it. `decide` may say more of that: that it is nothing, or that the row goes on
   * waiting for its answer.
   */
  async function takeUp(
    run: JobRun,
    decide: (tx: PoolClient, seen: { row: JobRow; ownership: Ownership }) => Promise<Ownership | Parked>,
  ): Promise<Begin> {
    const { queue, statements } = find(run);
    const state: { ownership?: Ownership; attempt?: number } = {};
    return inTransaction<Begin>(deps.pool, async (tx) => {
      const row = await lock(tx, { queue, statements }, run);
      if (row === undefined) return { kind: 'superseded' };
      const ownership = await decide(tx, {
        row,
        ownership: await ownershipOf(tx, { queue, statements }, run, row),
      });
      if (typeof ownership === 'object') return { kind: 'parked', parked: ownership };
      if (ownership === 'none') return { kind: 'superseded' };
      if (ownership === 'complete') return { kind: 'complete', row };
      if (ownership === 'owner') return { kind: 'mine', row, attempt: row.job_attempt };
      Object.assign(state, { ownership, attempt: row.job_attempt });
      const attempt = await take(tx, run, row, ownership);
      return attempt === undefined ? { kind: 'superseded' } : { kind: 'mine', row, attempt };
    }).catch((error: unknown) => notTaken(run, state, error));
  }

  /** Whether a row that an earlier run still owns came along, so that it can be ended. One that has ended stays as it is. */
  async function isTakenAlong(run: JobRun, { ended, status }: WrittenEnd): Promise<boolean> {
    if (run.attempt === undefined || ended || status === undefined) return false;
    if (!ownedStates(find(run).queue).includes(status)) return false;
    return (await rejoin(run)).kind === 'mine';
  }

  const rejoin: JobTransitions['rejoin'] = (run) =>
    takeUp(run, async (tx, { row, ownership }) => {
      const { parking } = find(run);
      if (ownership === 'parked' && parking !== undefined)
        return (await stillParked(tx, parking, run)) ?? { step: '', waitMs: 0 };
      const isOtherAttempt = ownership === 'reset' && row.job_attempt !== run.attempt;
      return ownership === 'take over' || isOtherAttempt ? 'none' : ownership;
    });

  /** A write that changed nothing although the row is in flight under this run was kept from it by a trigger. */
  async function requireLost(tx: PoolClient, run: JobRun): Promise<void> {
    const { queue, statements } = find(run);
    const row = await lock(tx, { queue, statements }, run);
    if (row?.job_status === queue.states.inFlight && row.job_run_id === run.runIds[0])
      throw rowRefused(rowKept);
  }

  return {
    begin: (run, { firstTry } = { firstTry: false }) =>
      takeUp(run, async (tx, { ownership }) => {
        const { queue, statements, parking } = find(run);
        if (ownership === 'owner' && firstTry && queue.startedAtWork)
          await tx.query(statements.beginWork, [run.jobId, run.runIds[0]]);
        if (ownership !== 'parked' || parking === undefined) return ownership;
        return (await stillParked(tx, parking, run)) ?? ownership;
      }),

    rejoin,

    async update(run, values) {
      const { queue, statements } = find(run);
      const columns = Object.keys(values);
      const strange = columns.find((column) => queue.progressColumns?.includes(column) !== true);
      if (strange !== undefined)
        throw new Error(`"${strange}" is not one of the progressColumns of queue "${queue.name}"`);
      const { rowCount } = await deps.pool
        .query(statements.update(columns), [run.jobId, run.runIds[0], ...Object.values(values)])
        .catch(rethrowDatabaseError);
      if (rowCount === 1) return true;
      await inTransaction(deps.pool, (tx) => requireLost(tx, run)).catch(rethrowDatabaseError);
      return false;
    },

    async park(run, question) {
      const parking = findParking(run);
      return inTransaction(deps.pool, async (tx) => {
        const parked = await park(tx, parking, run, question);
        if (parked === undefined && !(await wasAsked(tx, parking, run, question))) await requireLost(tx, run);
        return parked;
      });
    },

    answerJob: async (run, answer) =>
      giveAnswer(deps.pool, { queue: find(run).queue, statements: findParking(run) }, run, answer),

    async complete(run, publish) {
      const { queue, statements } = find(run);
      const completed = await inTransaction(deps.pool, async (tx) => {
        const row = await lock(tx, { queue, statements }, run);
        if (row?.job_status !== queue.states.inFlight || row.job_run_id !== run.runIds[0]) return false;
        const result = await publish(tx);
        const values = queue.resultColumns.map((column) => result[column]);
        const { rowCount } = await tx.query(statements.complete, [run.jobId, run.runIds[0], ...values]);
        if (rowCount !== 1) throw rowRefused(rowKept);
        return true;
      });
      if (completed) countEnd(queue.name, 'complete');
      return completed;
    },

    async endJob(run, end) {
      const { queue, statements } = find(run);
      const write = () => writeEnd(deps.pool, { queue, statements }, run, end);
      const first = await write();
      const written = (await isTakenAlong(run, first)) ? await write() : first;
      const log = deps.log.child({ jobId: run.jobId, queue: run.queue, requestId: run.requestId, ...end });
      if (written.ended) {
        countEnd(queue.name, end.state, end.errorCode);
        log.info({ attempt: written.attempt }, `job ${end.state}`);
      } else if (written.status !== queue.states[end.state])
        log.warn(
          { attempt: written.attempt, rowStatus: written.status },
          'too late: the row is no longer this run’s',
        );
    },
  };
}

/** How soon a run comes back that found its queue full. */
const roomAgainMs = 1_000;

/** As a claim does: one after the other, each counts what is in flight before it adds to it. */
async function takeRoom(tx: PoolClient, statements: RoomStatements, run: JobRun): Promise<void> {
  await tx.query(statements.lockQueue);
  const { rows } = await tx.query<{ has_room: boolean }>(statements.hasRoom, [run.jobId]);
  if (rows[0]?.has_room !== true) throw new JobWait('the queue has no room in flight', roomAgainMs);
}
