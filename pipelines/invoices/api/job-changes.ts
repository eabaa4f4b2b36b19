import {
  type DatabaseTime,
  type Pool,
  type PoolClient,
  type QueueDefinition,
  quoteName,
} from 'pg-switchyard';
import { type JobRow, jobColumns } from './queries.ts';

/** New values for a waiting job; what is `undefined` stays. */
export interface JobPatch {
  priority: number | undefined;
  /** ISO 8601; `null`: at once. */
  runAt: string | null | undefined;
}

/** An event as the API reads it; `bigint` columns arrive as text. */
export interface EventRow {
  id: string;
  at: DatabaseTime;
  attempt: number;
  from_status: string | null;
  to_status: string;
  run_id: string | null;
  actor: string;
  code: string | null;
  detail: string | null;
}

/** The statements that change one job. Each answers the row as it is then, or nothing where its state forbids the change. */
export function jobChanges(queue: Pick<QueueDefinition, 'name' | 'table'>) {
  const jobs = quoteName(queue.table);
  const first = async (tx: PoolClient, statement: string, values: unknown[]): Promise<JobRow | undefined> =>
    (await tx.query<JobRow>(`${statement} RETURNING ${jobColumns}`, values)).rows[0];

  return {
    cancel: (tx: PoolClient, id: string) =>
      first(
        tx,
        `UPDATE ${jobs} AS job SET cancel_requested_at = coalesce(job.cancel_requested_at, clock_timestamp())
          WHERE job.id = $1 AND job.status IN ('queued', 'processing')`,
        [id],
      ),

    retry: (tx: PoolClient, id: string) =>
      first(
        tx,
        `UPDATE ${jobs} AS job SET status = 'queued' WHERE job.id = $1 AND job.status IN ('failed', 'canceled')`,
        [id],
      ),

    patch: (tx: PoolClient, id: string, { priority, runAt }: JobPatch) =>
      first(
        tx,
        `UPDATE ${jobs} AS job
            SET priority = coalesce($2, job.priority), run_at = CASE WHEN $3 THEN $4::timestamptz ELSE job.run_at END
          WHERE job.id = $1 AND job.status = 'queued'`,
        [id, priority ?? null, runAt !== undefined, runAt ?? null],
      ),

    /** Oldest first, behind the event `after`. */
    async events(db: Pool, id: string, after: string, limit: number): Promise<EventRow[]> {
      const { rows } = await db.query<EventRow>(
        `SELECT id, at, attempt, from_status, to_status, run_id, actor, code, detail
           FROM switchyard.job_events
          WHERE queue = $1 AND job_id = $2 AND id > $3
          ORDER BY id LIMIT $4`,
        [queue.name, id, after, limit],
      );
      return rows;
    },
  };
}
