import type { Pool, PoolClient } from '../platform/database.ts';
import type { DatabaseTime } from '../platform/database-types.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { redriveStatements } from '../sql/redrives.ts';
import type { JobTimes } from './times.ts';

/** How many jobs a preview counts and shows, and how many ended rows of each state it looks at for that. */
const preview = { count: 10_000, sample: 10, rows: 20_000 };

/** A redrive's row as the API reads it; `bigint` columns arrive as text. */
export interface RedriveRow extends JobTimes {
  id: string;
  status: string;
  queue: string;
  action: 'retry' | 'cancel';
  reason: string;
  states: string[];
  error_codes: string[] | null;
  message_contains: string | null;
  text_contains: string | null;
  created_after: DatabaseTime | null;
  created_before: DatabaseTime | null;
  column_values: Record<string, unknown> | null;
  keys: string[] | null;
  ended_after: DatabaseTime | null;
  ended_before: DatabaseTime | null;
  per_second: number;
  most_waiting: number | null;
  paused: boolean;
  total: string | null;
  requeued: string;
  skipped: string;
  refused: string;
  canceled: string;
  waits_for: string | null;
  created_by: string;
  error_code: string | null;
  error_message: string | null;
}

export interface NewRedrive {
  queue: string;
  action: 'retry' | 'cancel';
  reason: string;
  states: readonly string[];
  errorCodes: readonly string[] | null;
  messageContains: string | null;
  textContains: string | null;
  createdAfter: string | null;
  createdBefore: string | null;
  /** By the names of columns. */
  columnValues: Readonly<Record<string, unknown>> | null;
  keys: readonly string[] | null;
  endedAfter: string | null;
  endedBefore: string | null;
  perSecond: number;
  mostWaiting: number | null;
  paused: boolean;
}

export interface SampleRow {
  id: string;
  status: string;
  label: string | null;
  key: string | null;
  attempt: number;
  error_code: string | null;
  error_message: string | null;
  ended_at: DatabaseTime;
}

export interface OutcomeRow {
  job_id: string;
  outcome: 'requeued' | 'canceled' | 'skipped' | 'refused';
  reason: string | null;
  at: DatabaseTime;
  attempt_before: number;
  attempt_now: number | null;
  status_now: string | null;
  error_code_now: string | null;
}

export async function insertRedrive(
  tx: PoolClient,
  redrive: NewRedrive,
  requestId: string,
): Promise<RedriveRow | undefined> {
  const { rows } = await tx.query<RedriveRow>(
    `INSERT INTO switchyard.redrives (queue, reason, states, error_codes, message_contains, keys, ended_after, ended_before,
                                      per_second, most_waiting, paused, request_id, action, text_contains, created_after,
                                      created_before, column_values)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING *`,
    [
      redrive.queue,
      redrive.reason,
      redrive.states,
      redrive.errorCodes,
      redrive.messageContains,
      redrive.keys,
      redrive.endedAfter,
      redrive.endedBefore,
      redrive.perSecond,
      redrive.mostWaiting,
      redrive.paused,
      requestId,
      redrive.action,
      redrive.textContains,
      redrive.createdAfter,
      redrive.createdBefore,
      redrive.columnValues === null ? null : JSON.stringify(redrive.columnValues),
    ],
  );
  return rows[0];
}

/** What such a redrive would take, asked of one that is made and undone again, so that both go by the same words. */
export async function previewRedrive(
  tx: PoolClient,
  queue: QueueDefinition,
  redrive: NewRedrive,
): Promise<{ count: number; more: boolean; sample: SampleRow[] }> {
  const statements = redriveStatements(queue);
  await tx.query('SAVEPOINT preview');
  const id = (await insertRedrive(tx, redrive, 'preview'))?.id;
  const counted = await tx.query<{ count: number; more: boolean }>(statements.count, [
    id,
    preview.rows,
    preview.count,
  ]);
  const sample = await tx.query<SampleRow>(statements.sample, [id, preview.rows, preview.sample]);
  await tx.query('ROLLBACK TO SAVEPOINT preview');
  return { ...(counted.rows[0] ?? { count: 0, more: false }), sample: sample.rows };
}

export async function findRedrive(db: Pool, id: string): Promise<RedriveRow | undefined> {
  return (await db.query<RedriveRow>('SELECT * FROM switchyard.redrives WHERE id = $1', [id])).rows[0];
}

/** Newest first, from before the id `before` on (`undefined`: from the start). */
export async function listRedrives(
  db: Pool,
  before: string | undefined,
  limit: number,
): Promise<RedriveRow[]> {
  const { rows } = await db.query<RedriveRow>(
    'SELECT * FROM switchyard.redrives WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2',
    [before ?? null, limit],
  );
  return rows;
}

/** By job id, from behind the job `after` on. */
export async function listOutcomes(
  db: Pool,
  id: string,
  after: string,
  limit: number,
): Promise<OutcomeRow[]> {
  const { rows } = await db.query<OutcomeRow>(
    `SELECT job_id, outcome, reason, at, attempt_before, attempt_now, status_now, error_code_now
       FROM switchyard.redrive_outcomes WHERE redrive_id = $1 AND job_id > $2 ORDER BY job_id LIMIT $3`,
    [id, after, limit],
  );
  return rows;
}

/** Changes a redrive that has not ended. */
const changeOpen =
  (set: string) =>
  async (tx: PoolClient, id: string): Promise<RedriveRow | undefined> => {
    const { rows } = await tx.query<RedriveRow>(
      `UPDATE switchyard.redrives SET ${set} WHERE id = $1 AND status IN ('queued', 'processing') RETURNING *`,
      [id],
    );
    return rows[0];
  };

export const redriveChanges = {
  pause: changeOpen('paused = true'),
  resume: changeOpen('paused = false'),
  cancel: changeOpen('cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())'),
};
