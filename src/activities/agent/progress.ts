import { z } from 'zod';
import type { Pool } from '../../platform/database.ts';
import type { JobRun } from '../../queues/job.ts';
import { JobWait, RowLost, rethrowDatabaseError } from '../interruptions.ts';

/** Where a plan stands, on the row: what a run that goes on elsewhere begins with. */
const progress = z.object({
  /** The commit that the run began with, and the one that its last step made. */
  base: z.string(),
  commit: z.string(),
  done: z.array(z.string()),
  answers: z.record(z.string(), z.unknown()),
});
export type PlanProgress = z.output<typeof progress>;

export const readProgress = (value: unknown): PlanProgress | undefined =>
  value === null || value === undefined ? undefined : progress.parse(value);

/** How soon a try comes again that another one has overtaken. */
const againMs = 1_000;

/**
 * Fenced: a step is done for the run alone that the row names, and once. Of two tries of one run, of which one was thought lost,
 * the first to say so goes on; `before` is what the row said when this one began its step.
 * @throws {RowLost} when the row is another run's
 * @throws {JobWait} when another try was first: the next one begins with what that did
 * @throws {DatabaseAway}
 */
export async function saveProgress(
  pool: Pool,
  run: JobRun,
  before: PlanProgress | undefined,
  value: PlanProgress,
): Promise<void> {
  const own = [run.jobId, run.runIds[0]];
  const { rowCount } = await pool
    .query(saveStatement, [...own, JSON.stringify(value), before && JSON.stringify(before)])
    .catch(rethrowDatabaseError);
  if (rowCount === 1) return;
  const mine = await pool.query(mineStatement, own).catch(rethrowDatabaseError);
  throw mine.rowCount === 1
    ? new JobWait('another try of the run is ahead of this one', againMs)
    : new RowLost();
}

/** $1 id, $2 run, $3 the progress, $4 the one before. */
const saveStatement = `
  UPDATE ops.runs SET progress = $3
   WHERE id = $1 AND run_id = $2 AND status = 'running' AND progress IS NOT DISTINCT FROM $4::jsonb`;
const mineStatement = `SELECT FROM ops.runs WHERE id = $1 AND run_id = $2 AND status = 'running'`;
