import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { JobEnd, JobRun } from '../queues/job.ts';
import { type JobStatements, jobStatements } from '../queues/statements.ts';

/** A row as the database has it, and the three columns every queue has, by one name. */
export type JobRow = Record<string, unknown> & {
  job_status: string;
  job_run_id: string | null;
  job_attempt: number;
};

export type Begin =
  | { kind: 'mine'; row: JobRow; attempt: number }
  | { kind: 'complete' }
  | { kind: 'superseded' };

/** The moves of job rows. Every one is fenced: it changes a row only for the run that the row names. */
export interface JobTransitions {
  /**
   * Locks the row, which waits for the claimer's COMMIT, and decides: in flight under this run → go; waiting (the claim
   * was rolled back) → take it over, exactly as a claim marks it; in flight, failed or canceled under an earlier run of
   * which this one is the reset → take it along, and fence the earlier run off; anything else → not this run's.
   */
  begin(run: JobRun): Promise<Begin>;
  /** Publishes the result under the row's lock and completes the row. `false`: the row was no longer this run's. */
  complete(run: JobRun, publish: () => Promise<Record<string, unknown>>): Promise<boolean>;
}

/** Activities that workflows call to write a row's end. */
export interface JobActivities {
  /** Ends the job without a result. A row that is no longer this run's is left as it is. */
  endJob(run: JobRun, end: JobEnd): Promise<void>;
}

export function createJobActivities(deps: {
  pool: Pool;
  queues: readonly QueueDefinition[];
  workerId: string;
  log: Logger;
}): JobTransitions & JobActivities {
  const queues = new Map(
    deps.queues.map((queue) => [queue.name, { queue, statements: jobStatements(queue) }]),
  );
  const find = (run: JobRun) => {
    const found = queues.get(run.queue);
    if (found === undefined) throw new Error(`this worker knows no queue "${run.queue}"`);
    return found;
  };

  return {
    begin(run) {
      const { queue, statements } = find(run);
      return inTransaction(deps.pool, async (tx) => {
        const row = await lock(tx, statements, run);
        if (row === undefined) return { kind: 'superseded' };
        const claim = await claimOf(tx, { queue, statements }, run, row);
        if (claim === 'none') return { kind: 'superseded' };
        if (claim === 'complete') return { kind: 'complete' };
        if (claim === 'owner') return { kind: 'mine', row, attempt: row.job_attempt };
        if (claim === 'reset') {
          await tx.query(statements.takeByReset, [run.jobId, run.runIds[0], deps.workerId, queue.deadlineMs]);
          return { kind: 'mine', row, attempt: row.job_attempt };
        }
        const taken = await tx.query<{ attempt: number }>(statements.markStarted, [
          [run.jobId],
          [run.runIds[0]],
          deps.workerId,
          queue.deadlineMs,
        ]);
        return { kind: 'mine', row, attempt: taken.rows[0]?.attempt ?? row.job_attempt + 1 };
      });
    },

    complete(run, publish) {
      const { queue, statements } = find(run);
      return inTransaction(deps.pool, async (tx) => {
        const row = await lock(tx, statements, run);
        if (row?.job_status !== queue.states.inFlight || !run.runIds.includes(row.job_run_id ?? ''))
          return false;
        const result = await publish();
        const values = queue.resultColumns.map((column) => result[column]);
        const { rowCount } = await tx.query(statements.complete, [run.jobId, run.runIds, ...values]);
        return rowCount === 1;
      });
    },

    async endJob(run, end) {
      const { queue, statements } = find(run);
      const log = deps.log.child({ jobId: run.jobId, queue: run.queue, requestId: run.requestId, ...end });
      await inTransaction(deps.pool, async (tx) => {
        // A claim that was rolled back left the row waiting: it is taken over by the work's begin, never by its end.
        const row = await lock(tx, statements, run);
        const attempt = row?.job_attempt;
        const written =
          end.state === 'failed'
            ? await tx.query(statements.fail, [
                run.jobId,
                run.runIds,
                end.errorCode,
                fitForRow(end.errorMessage),
              ])
            : await tx.query(statements.cancel, [run.jobId, run.runIds]);
        if (written.rowCount === 1) log.info({ attempt }, `job ${end.state}`);
        else if (row?.job_status !== queue.states[end.state])
          log.warn({ attempt, rowStatus: row?.job_status }, 'too late: the row is no longer this run’s');
      });
    },
  };
}

type KnownQueue = { queue: QueueDefinition; statements: JobStatements };

/**
 * What this run is to the locked row: its owner; the owner of one that is complete; a run to take over a row whose claim
 * was rolled back; a reset of an earlier owner, which takes the row along, ended or not; or nothing to it.
 */
async function claimOf(
  tx: PoolClient,
  { queue, statements }: KnownQueue,
  run: JobRun,
  row: JobRow,
): Promise<'owner' | 'complete' | 'take over' | 'reset' | 'none'> {
  const [runId, firstRunId] = [run.runIds[0] ?? '', run.runIds.at(-1) ?? ''];
  const { states } = queue;
  if (row.job_run_id === runId) {
    if (row.job_status === states.inFlight) return 'owner';
    return row.job_status === states.complete ? 'complete' : 'none';
  }
  if (row.job_status === states.complete) return row.job_run_id === firstRunId ? 'complete' : 'none';
  const waits = row.job_status === states.waiting;
  if (waits && row.job_run_id === null) return 'take over';
  if (!waits && runId === firstRunId) return 'none';
  const owners = await ownersAmong(tx, { queue, statements }, run.jobId, [runId, firstRunId]);
  // A run that owned the row before and lost it is a zombie; a new run of a chain that owned it is its reset.
  if (owners.has(runId)) return 'none';
  if (waits) return 'take over';
  return owners.has(firstRunId) ? 'reset' : 'none';
}

/** Which of these runs owned the job's row at some time, by its events. */
export async function ownersAmong(
  db: Pick<Pool | PoolClient, 'query'>,
  { queue, statements }: KnownQueue,
  jobId: string,
  runIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await db.query<{ run_id: string }>(statements.ownersBefore, [queue.name, jobId, runIds]);
  return new Set(rows.map((owner) => owner.run_id));
}

async function lock(tx: PoolClient, statements: JobStatements, run: JobRun): Promise<JobRow | undefined> {
  const { rows } = await tx.query<JobRow>(statements.lock, [run.jobId]);
  return rows[0];
}

/** Postgres takes no NUL in a text, and a row is no place for pages. */
export function fitForRow(message: string | null): string {
  return (message ?? '').replaceAll('\0', '').slice(0, 2_000);
}
