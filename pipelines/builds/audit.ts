import type { JobRun, Pool } from 'pg-switchyard';
import { rethrowDatabaseError } from 'pg-switchyard/worker';

/** What no row shows and the audit of builds and deployments tells all the same. */
const statement = 'SELECT switchyard.note_audit($1, $2, $3, $4, $5)';

export async function noteWorker(
  pool: Pool,
  action: 'WORKER_STARTED' | 'WORKER_STOPPED',
  queue: string,
): Promise<void> {
  await pool.query(statement, [action, queue, null, null, null]);
}

/**
 * That the try before left its folder.
 * @throws {DatabaseAway}
 */
export async function noteRecovery(
  pool: Pool,
  action: 'BUILD_RECOVERY' | 'DEPLOYMENT_RECOVERY',
  { queue, jobId, runIds }: JobRun,
): Promise<void> {
  await pool
    .query(statement, [action, queue, jobId, runIds[0], 'a try left its folder'])
    .catch(rethrowDatabaseError);
}
