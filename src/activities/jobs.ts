import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import { isUniqueViolation } from '../platform/database-errors.ts';
import type { Logger } from '../platform/logging.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { Answer, JobEnd, JobRun, Parked, Question } from '../queues/job.ts';
import { parkingStatements } from '../queues/parking-statements.ts';
import { type RoomStatements, roomStatements } from '../queues/room-statements.ts';
import { jobStatements } from '../queues/statements.ts';
import { JobWait, rethrowDatabaseError, rowRefused } from './interruptions.ts';
import { type Claim, claimOf, type JobRow } from './ownership.ts';
import { giveAnswer, park, stillParked } from './parking.ts';
import { lock, rowKept, writeEnd } from './row-end.ts';

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
   * answer; anything else → not this run's. What comes back in flight counts against the queue's limits.
   * @throws {JobWait} while these have no room
   * @throws {JobError} `INPUT_TIMEOUT`
   */
  begin(run: JobRun): Promise<Begin>;
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
  /** Answers what the job asks. Fails for good where the table takes no such answer. */
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
    if (found === undefined) throw new Error(`this worker knows no queue "${run.queue}"`);
    return found;
  };
  const findParking = (run: JobRun) => {
    const { parking } = find(run);
    if (parking === undefined) throw new Error(`jobs of the queue "${run.queue}" do not wait for anybody`);
    return parking;
  };

  /** Brings a row in flight that was not, or not under this run. Answers its attempt. */
  async function take(
    tx: PoolClient,
    run: JobRun,
    row: JobRow,
    claim: Extract<Claim, 'parked' | 'reset' | 'take over'>,
  ): Promise<number> {
    const { queue, statements, parking } = find(run);
    const [runId] = run.runIds;
    if (row.job_status !== queue.states.inFlight) await takeRoom(tx, statements, run);
    if (claim === 'take over') {
      const values = [[run.jobId], [runId], deps.workerId, queue.deadlineMs];
      const taken = await tx.query<{ attempt: number }>(statements.markStarted, values);
      return taken.rows[0]?.attempt ?? row.job_attempt + 1;
    }
    if (claim === 'reset')
      await tx.query(statements.takeByReset, [run.jobId, runId, deps.workerId, queue.deadlineMs]);
    else if (parking !== undefined) await tx.query(parking.resume, [run.jobId, runId, deps.workerId]);
    return row.job_attempt;
  }

  return {
    begin(run) {
      const { queue, statements, parking } = find(run);
      return inTransaction<Begin>(deps.pool, async (tx) => {
        const row = await lock(tx, statements, run);
        if (row === undefined) return { kind: 'superseded' };
        const claim = await claimOf(tx, { queue, statements }, run, row);
        if (claim === 'none') return { kind: 'superseded' };
        if (claim === 'complete') return { kind: 'complete', row };
        if (claim === 'owner') return { kind: 'mine', row, attempt: row.job_attempt };
        const parked = claim === 'parked' && parking && (await stillParked(tx, parking, run));
        if (parked) return { kind: 'parked', parked };
        return { kind: 'mine', row, attempt: await take(tx, run, row, claim) };
      }).catch(rethrowRefusal);
    },

    async update(run, values) {
      const { queue, statements } = find(run);
      const columns = Object.keys(values);
      const strange = columns.find((column) => queue.progressColumns?.includes(column) !== true);
      if (strange !== undefined)
        throw new Error(`"${strange}" is none of the progressColumns of queue "${queue.name}"`);
      const { rowCount } = await deps.pool
        .query(statements.update(columns), [run.jobId, run.runIds[0], ...Object.values(values)])
        .catch(rethrowDatabaseError);
      return rowCount === 1;
    },

    park(run, question) {
      const parking = findParking(run);
      return inTransaction(deps.pool, (tx) => park(tx, parking, run, question));
    },

    answerJob: async (run, answer) => giveAnswer(deps.pool, findParking(run), run, answer),

    complete(run, publish) {
      const { queue, statements } = find(run);
      return inTransaction(deps.pool, async (tx) => {
        const row = await lock(tx, statements, run);
        if (row?.job_status !== queue.states.inFlight || row.job_run_id !== run.runIds[0]) return false;
        const result = await publish(tx);
        const values = queue.resultColumns.map((column) => result[column]);
        const { rowCount } = await tx.query(statements.complete, [run.jobId, run.runIds[0], ...values]);
        if (rowCount !== 1) throw rowRefused(rowKept);
        return true;
      });
    },

    async endJob(run, end) {
      const { queue, statements } = find(run);
      const written = await writeEnd(deps.pool, { queue, statements }, run, end);
      const log = deps.log.child({ jobId: run.jobId, queue: run.queue, requestId: run.requestId, ...end });
      if (written.ended) log.info({ attempt: written.attempt }, `job ${end.state}`);
      else if (written.status !== queue.states[end.state])
        log.warn(
          { attempt: written.attempt, rowStatus: written.status },
          'too late: the row is no longer this run’s',
        );
    },
  };
}

/** How soon a run comes back that found its queue full. */
const roomAgainMs = 1_000;

/** An index that lets one row of a key be in flight says so of what no count saw: a row that was written by hand. */
function rethrowRefusal(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  throw new JobWait('a unique index keeps the row out of flight', roomAgainMs);
}

/** As a claim does: one after the other, each counts what is in flight before it adds to it. */
async function takeRoom(tx: PoolClient, statements: RoomStatements, run: JobRun): Promise<void> {
  await tx.query(statements.lockQueue);
  const { rows } = await tx.query<{ has_room: boolean }>(statements.hasRoom, [run.jobId]);
  if (rows[0]?.has_room !== true) throw new JobWait('the queue has no room in flight', roomAgainMs);
}
