import { randomInt } from 'node:crypto';
import { loadSettings } from '../../server/settings.ts';
import type { Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { redrivesQueue } from '../../src/queues/redrives.ts';
import { insertJob } from './jobs.ts';

export const testRedrivesQueue = (taskQueue = 'test'): QueueDefinition =>
  redrivesQueue(loadSettings({ TASK_QUEUE: taskQueue }));

export interface RedriveFields {
  states?: string[];
  error_codes?: string[];
  message_contains?: string;
  keys?: string[];
  ended_after?: Date;
  ended_before?: Date;
  per_second?: number;
  most_waiting?: number;
  paused?: boolean;
  queue?: string;
}

/** Inserts a redrive under an id that no other test has: its workflow would be the same. Answers the id. */
export async function insertRedrive(pool: Pool, fields: RedriveFields = {}): Promise<string> {
  const row: Record<string, unknown> = {
    id: randomInt(2 ** 47),
    queue: 'invoices',
    reason: 'test',
    ...fields,
  };
  const columns = Object.keys(row);
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO switchyard.redrives (${columns.join(', ')})
     OVERRIDING SYSTEM VALUE VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
    Object.values(row),
  );
  return rows[0]?.id ?? '';
}

export interface TestRedrive {
  status: string;
  total: string | null;
  requeued: string;
  skipped: string;
  refused: string;
  waits_for: string | null;
  error_message: string | null;
}

export async function readRedrive(pool: Pool, id: string): Promise<TestRedrive> {
  const { rows } = await pool.query<TestRedrive>('SELECT * FROM switchyard.redrives WHERE id = $1', [id]);
  const row = rows[0];
  if (row === undefined) throw new Error(`redrive ${id} is gone`);
  return row;
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
