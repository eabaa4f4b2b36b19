import type { Pool } from '../../../src/platform/database.ts';

interface LetterFields {
  id?: string;
  status?: string;
  title?: string;
  customer?: string;
  enclosure?: string;
  run_id?: string | null;
  attempt?: number;
  priority?: number;
  request_id?: string;
  error_code?: string;
  error_message?: string;
  created_at?: Date;
  started_at?: Date;
  failed_at?: Date;
  run_at?: Date;
}

/** What a row in flight has, for tests in which nobody claimed it. */
export const inFlight = { status: 'processing', run_id: 'r', attempt: 1, started_at: new Date(0) };

/** Inserts one letter with only the fields that matter to the test. Answers its id. */
export async function insertLetter(pool: Pool, fields: LetterFields = {}): Promise<string> {
  const row: Record<string, unknown> = { enclosure: 'a.txt', ...fields };
  const columns = Object.keys(row);
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO letters (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
    Object.values(row),
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('no row was inserted');
  return id;
}

/** A letter that has failed, a minute ago unless the test says otherwise. */
export async function insertFailedLetter(
  pool: Pool,
  fields: { code?: string; message?: string; failedAt?: Date; customer?: string } = {},
): Promise<string> {
  const id = await insertLetter(pool, fields.customer === undefined ? {} : { customer: fields.customer });
  await pool.query(
    `UPDATE letters SET status = 'processing', run_id = 'run of ' || id, attempt = 1, started_at = now() WHERE id = $1`,
    [id],
  );
  await pool.query(
    `UPDATE letters SET status = 'failed', error_code = $2, error_message = $3, failed_at = $4 WHERE id = $1`,
    [
      id,
      fields.code ?? 'CARRIER_AWAY',
      fields.message ?? 'the carrier answered 503',
      fields.failedAt ?? new Date(Date.now() - 60_000),
    ],
  );
  return id;
}

export interface LetterRow {
  id: string;
  status: string;
  run_id: string | null;
  attempt: number;
  started_by: string | null;
  deadline: Date | null;
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

export async function readLetter(pool: Pool, id: string): Promise<LetterRow> {
  const { rows } = await pool.query<LetterRow>('SELECT * FROM letters WHERE id = $1', [id]);
  const row = rows[0];
  if (row === undefined) throw new Error(`letter ${id} is gone`);
  return row;
}
