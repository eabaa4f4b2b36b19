import { z } from 'zod';
import type { Pool } from '../../platform/database.ts';
import type { JobRun } from '../../queues/job.ts';
import { RowLost, rethrowDatabaseError } from '../interruptions.ts';

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

/**
 * Fenced: a step is done for the run alone that the row names.
 * @throws {RowLost} when that is another one
 * @throws {DatabaseAway}
 */
export async function saveProgress(pool: Pool, run: JobRun, value: PlanProgress): Promise<void> {
  const { rowCount } = await pool
    .query(`UPDATE ops.runs SET progress = $3 WHERE id = $1 AND run_id = $2 AND status = 'running'`, [
      run.jobId,
      run.runIds[0],
      JSON.stringify(value),
    ])
    .catch(rethrowDatabaseError);
  if (rowCount !== 1) throw new RowLost();
}
