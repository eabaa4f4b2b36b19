import type { Pool, PoolClient } from '../../platform/database.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import type { JobRun } from '../../queues/job.ts';
import type { JobStatements } from '../../sql/job.ts';
import { rethrowDatabaseError } from '../work/interruptions.ts';

export type KnownQueue = { queue: QueueDefinition; statements: JobStatements };

/** A row as the database has it, and the three columns every queue has, by one name. */
export type JobRow = Record<string, unknown> & {
  job_status: string;
  job_run_id: string | null;
  job_attempt: number;
};

/** Throws when the row may be another's: Postgres ends the transaction of a worker that freezes. */
export type RequireMine = () => Promise<unknown>;

/**
 * Asks the transaction that holds the row's lock whether it still does.
 * @throws {DatabaseAway} from what it answers
 */
export const requireMineBy =
  (tx: PoolClient): RequireMine =>
  () =>
    tx.query('SELECT').catch(rethrowDatabaseError);

/**
 * What a run is to a locked row: its owner; the owner of one that is parked or complete; a run to take over a row whose claim
 * was rolled back; a reset of an earlier owner, which takes the row along, ended or not; or nothing to it.
 */
export type Ownership = 'owner' | 'parked' | 'complete' | 'take over' | 'reset' | 'none';

export async function ownershipOf(
  tx: PoolClient,
  known: KnownQueue,
  { jobId, runIds }: JobRun,
  row: JobRow,
): Promise<Ownership> {
  const [runId, firstRunId] = [runIds[0] ?? '', runIds.at(-1) ?? ''];
  const { states } = known.queue;
  if (row.job_run_id === runId) {
    if (row.job_status === states.inFlight) return 'owner';
    if (row.job_status === known.queue.parking?.state) return 'parked';
    return row.job_status === states.complete ? 'complete' : 'none';
  }
  if (row.job_status === states.complete) return row.job_run_id === firstRunId ? 'complete' : 'none';
  if (row.job_status !== states.waiting) {
    const reset = await isResetOf(tx, known, { id: jobId, run_id: row.job_run_id }, { runId, firstRunId });
    return reset ? 'reset' : 'none';
  }
  if (row.job_run_id === null) return 'take over';
  return (await runsKnown(tx, known, jobId, [runId])).has(runId) ? 'none' : 'take over';
}

/**
 * Whether a run is a reset of an owner of the row and has not begun yet: its begin takes the row along. A run that the
 * row's history names already is none: it owned the row and lost it, or was ended by the reconciler.
 */
export async function isResetOf(
  db: Pick<Pool | PoolClient, 'query'>,
  known: KnownQueue,
  row: { id: string; run_id: string | null },
  { runId, firstRunId }: { runId: string; firstRunId: string },
): Promise<boolean> {
  if (runId === firstRunId) return false;
  const runs = await runsKnown(db, known, row.id, [runId, firstRunId]);
  return !runs.has(runId) && (firstRunId === row.run_id || runs.get(firstRunId) === true);
}

/** Which of these runs the job's events name, and whether each owned the row at some time. */
async function runsKnown(
  db: Pick<Pool | PoolClient, 'query'>,
  { queue, statements }: KnownQueue,
  jobId: string,
  runIds: readonly string[],
): Promise<Map<string, boolean>> {
  const { rows } = await db.query<{ run_id: string; owned: boolean }>(statements.runsKnown, [
    queue.name,
    jobId,
    runIds,
  ]);
  return new Map(rows.map((run) => [run.run_id, run.owned]));
}
