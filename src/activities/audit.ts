import type { Pool } from '../platform/database.ts';
import type { JobRun } from '../queues/job.ts';

/** What no row shows and the audit of builds and deployments tells all the same. */
export type AuditAction = 'WORKER_STARTED' | 'WORKER_STOPPED' | 'BUILD_RECOVERY' | 'DEPLOYMENT_RECOVERY';

export async function noteAudit(
  pool: Pool,
  action: AuditAction,
  queue: string,
  run?: JobRun,
  detail?: string,
): Promise<void> {
  await pool.query('SELECT switchyard.note_audit($1, $2, $3, $4, $5)', [
    action,
    queue,
    run?.jobId,
    run?.runIds[0],
    detail,
  ]);
}
