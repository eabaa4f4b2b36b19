import type { Pool } from '../platform/database.ts';
import { type DatabaseTime, iso } from '../platform/database-types.ts';
import { actions } from '../sql/overview.ts';
import type { AuditEntry } from './views.ts';

interface ActionRow {
  id: string;
  at: DatabaseTime;
  actor: string;
  action: string;
  queue: string | null;
  job_id: string | null;
  detail: string | null;
}

/** What people and tokens did, newest first; each with its place. */
export async function readActions(
  pool: Pool,
  {
    queue,
    actor,
    before,
    limit,
  }: { queue?: string | undefined; actor?: string | undefined; before?: string | undefined; limit: number },
): Promise<(AuditEntry & { id: string })[]> {
  const values = [queue ?? null, actor ?? null, before ?? null, limit];
  const { rows } = await pool.query<ActionRow>(actions, values);
  return rows.map(({ job_id, at, ...row }) => ({ ...row, at: iso(at), jobId: job_id }));
}
