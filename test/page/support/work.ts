import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { example } from '../../support/invoices.ts';
import { until } from '../../support/until.ts';

let pool: pg.Pool | undefined;
afterAll(async () => {
  await pool?.end();
  pool = undefined;
});

/** As an application would: by its own SQL. */
export async function sql<Row extends pg.QueryResultRow>(
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  pool ??= new pg.Pool({ connectionString: inject('pageStack').databaseUrl, max: 3 });
  return (await pool.query<Row>(text, values)).rows;
}

/** Answers the id of the job. */
export const uploadExample = async (name: string, mapping = 'invoice'): Promise<string> =>
  uploadPdf(await openAsBlob(example(name), { type: 'application/pdf' }), basename(name), mapping);

/** Answers the id of the job. */
export async function uploadPdf(pdf: Blob, name: string, mapping: string): Promise<string> {
  const form = new FormData();
  form.append('mapping', mapping);
  form.append('file', pdf, name);
  const response = await fetch(`${inject('pageStack').url}/api/upload`, { method: 'POST', body: form });
  return ((await response.json()) as { id: string }).id;
}

const ends = ['complete', 'succeeded', 'failed', 'canceled'];

/** Waits until the row is in the state; fails when it ends in another. */
export const untilState = (table: string, id: string, state: string) =>
  until(async () => {
    const [row] = await sql<Record<string, unknown>>(
      `SELECT status::text AS status, to_jsonb(job) AS all FROM ${table} AS job WHERE id = $1`,
      [id],
    );
    if (row?.['status'] === state) return true;
    if (ends.includes(String(row?.['status']))) throw new Error(JSON.stringify(row?.['all']));
    return false;
  });

/** Answers the id of the run. */
export async function insertRun(session: string, lane: string, plan: readonly object[]): Promise<string> {
  const [row] = await sql<{ id: string }>(
    'INSERT INTO ops.runs (session_id, lane, plan) VALUES ($1, $2, $3) RETURNING id',
    [session, lane, JSON.stringify(plan)],
  );
  return String(row?.id);
}

/** Steps that write a file, for a plan. */
export const writes = (id: string, path: string, text: string) => ({
  id,
  server: 'tools',
  tool: 'write',
  arguments: { path, text },
});
