import { inTransaction, type JobRun, type Pool } from 'pg-switchyard';
import {
  JobWait,
  type RequireMine,
  RowLost,
  requireMineBy,
  rethrowDatabaseError,
} from 'pg-switchyard/worker';
import { z } from 'zod';
import { elicited } from './elicitation.ts';

/** Where a plan stands, on the row: what a run that goes on elsewhere begins with. */
const progress = z.object({
  /** The commit that the run began with, and the one that its last step made. */
  base: z.string(),
  commit: z.string(),
  done: z.array(z.string()),
  answers: z.record(z.string(), z.unknown()),
  /** What tools asked while they were called, and the answers, by step. */
  elicited: z.record(z.string(), z.array(elicited)).optional(),
  /** The artifacts that hold what the commit does not. */
  rest: z.object({ files: z.string().optional(), refs: z.string().optional() }).optional(),
});
export type PlanProgress = z.output<typeof progress>;

export const readProgress = (value: unknown): PlanProgress | undefined =>
  value === null || value === undefined ? undefined : progress.parse(value);

/** What is done while the row is locked. */
type Locked = (requireMine: RequireMine) => Promise<void>;

/** How soon a try comes again that another one has overtaken. */
const againMs = 1_000;

/**
 * Fenced: a step is done for the run alone that the row names, and once. Of two tries of one run, of which one was thought lost,
 * the first to say so goes on; `before` is what the row said when this one began its step. `publish` is called while the row
 * is locked, with what fails when it is no longer; what it does is done again, should the COMMIT be lost.
 * @throws {RowLost} when the row is another run's
 * @throws {JobWait} when another try was first: the next one begins with what that did
 * @throws {DatabaseAway}
 */
export async function saveProgress(
  pool: Pool,
  run: JobRun,
  { before, after }: { before: PlanProgress | undefined; after: PlanProgress },
  publish: Locked,
): Promise<void> {
  const values = [...ownOf(run), JSON.stringify(after), before && JSON.stringify(before)];
  const saved = await inTransaction(pool, async (tx) => {
    const { rowCount } = await tx.query(saveStatement, values);
    if (rowCount === 1) await publish(requireMineBy(tx));
    return rowCount === 1;
  }).catch(rethrowDatabaseError);
  if (saved) return;
  if (!(await whileMine(pool, run, async () => undefined))) throw new RowLost();
  throw new JobWait('another try of the run is ahead of this one', againMs);
}

/**
 * Does something while the row is locked and this run's to work on. `false`: it is not, and nothing was done.
 * @throws {DatabaseAway}
 */
export function whileMine(pool: Pool, run: JobRun, work: Locked): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const { rowCount } = await tx.query(mineStatement, ownOf(run));
    if (rowCount === 1) await work(requireMineBy(tx));
    return rowCount === 1;
  }).catch(rethrowDatabaseError);
}

/** How a run ended: where, if it succeeded; one whose row is gone, or that waits again, without success. */
export type RunEnd = { base: string; commit: string } | 'running' | 'without success';

/** @throws {DatabaseAway} */
export async function endOfRun(pool: Pool, runId: string): Promise<RunEnd> {
  const { rows } = await pool
    .query<{ status: string; result: unknown }>(endStatement, [runId])
    .catch(rethrowDatabaseError);
  const row = rows[0];
  if (row?.status === 'succeeded') return progress.pick({ base: true, commit: true }).parse(row.result);
  return row?.status === 'running' ? 'running' : 'without success';
}

const ownOf = ({ jobId, runIds }: JobRun) => [jobId, runIds[0]];

/** $1 id, $2 run, $3 the progress, $4 the one before. */
const saveStatement = `
  UPDATE ops.runs SET progress = $3
   WHERE id = $1 AND run_id = $2 AND status = 'running' AND progress IS NOT DISTINCT FROM $4::jsonb`;
const endStatement = 'SELECT status, result FROM ops.runs WHERE id = $1';
const mineStatement = `SELECT FROM ops.runs WHERE id = $1 AND run_id = $2 AND status = 'running' FOR UPDATE`;
