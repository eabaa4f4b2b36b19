import { invoicesQueue } from '../../pipelines/invoices/queue.ts';
import { loadSettings } from '../../server/settings.ts';
import type { Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';

export interface JobFields {
  id?: string;
  status?: string;
  upload_path?: string;
  mapping?: string;
  run_id?: string | null;
  attempt?: number;
  priority?: number;
  request_id?: string;
  original_name?: string;
  created_at?: Date;
  started_at?: Date;
  run_at?: Date;
  customer?: string;
}

/** What a row in flight has, for tests in which nobody claimed it. */
export const inFlight = { status: 'processing', run_id: 'r', attempt: 1, started_at: new Date(0) };

/** Inserts one job with only the fields that matter to the test. Answers its id. */
export async function insertJob(pool: Pool, fields: JobFields = {}): Promise<string> {
  const row: Record<string, unknown> = { upload_path: 'a.pdf', ...fields };
  const columns = Object.keys(row);
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO jobs (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
    Object.values(row),
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('no row was inserted');
  return id;
}

export interface TestRow {
  id: string;
  status: string;
  run_id: string | null;
  attempt: number;
  leased_by: string | null;
  lease_expires_at: Date | null;
  started_at: Date | null;
  completed_at: Date | null;
  result_path: string | null;
  result_bytes: string | null;
  result_sha256: string | null;
  error_code: string | null;
  error_message: string | null;
  run_at: Date | null;
  cancel_requested_at: Date | null;
  canceled_at: Date | null;
  customer: string | null;
}

export async function readJob(pool: Pool, id: string): Promise<TestRow> {
  const { rows } = await pool.query<TestRow>('SELECT * FROM jobs WHERE id = $1', [id]);
  const row = rows[0];
  if (row === undefined) throw new Error(`job ${id} is gone`);
  return row;
}

/** The invoice queue as tests want it. */
export function testQueue(options: Partial<QueueDefinition> = {}): QueueDefinition {
  return { ...invoicesQueue(loadSettings({ TASK_QUEUE: 'test', GATEWAY_MAX_WAIT: '0' })), ...options };
}

/** A job that has failed, a minute ago unless the test says otherwise. */
export async function insertFailedJob(
  pool: Pool,
  fields: { code?: string; message?: string; failedAt?: Date; customer?: string } = {},
): Promise<string> {
  const id = await insertJob(pool, fields.customer === undefined ? {} : { customer: fields.customer });
  await pool.query(
    `UPDATE jobs SET status = 'processing', run_id = 'run of ' || id, attempt = 1, started_at = now() WHERE id = $1`,
    [id],
  );
  await pool.query(
    `UPDATE jobs SET status = 'failed', error_code = $2, error_message = $3, failed_at = $4 WHERE id = $1`,
    [
      id,
      fields.code ?? 'GW_5XX',
      fields.message ?? 'the gateway answered 503',
      fields.failedAt ?? new Date(Date.now() - 60_000),
    ],
  );
  return id;
}
