import { randomInt } from 'node:crypto';
import type { Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { redrivesQueue } from '../../src/queues/redrives.ts';

export const testRedrivesQueue = (taskQueue = 'test'): QueueDefinition =>
  redrivesQueue({ claimBatch: 10, taskQueue });

export interface RedriveFields {
  action?: 'retry' | 'cancel';
  states?: string[];
  text_contains?: string;
  created_before?: Date;
  column_values?: Record<string, string>;
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
    queue: 'letters',
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
  canceled: string;
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
