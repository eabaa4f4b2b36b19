import { beforeEach, describe, expect, test } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import { reconcileStatements } from '../../src/sql/reconciler.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { createParcels } from '../support/parcels/table.ts';

const all = Array.from({ length: 25 }, (_, i) => String(i + 1));
const pageRows = 3;
let pool: Pool;
let statements: ReturnType<typeof reconcileStatements>;
eachTestHasLetters((opened) => {
  pool = opened;
});

/** Twenty-five parcels, whose ids are in another order as texts, all begun and ended in one moment. */
beforeEach(async () => {
  statements = reconcileStatements(await createParcels(pool, 'test'));
  await pool.query(
    `INSERT INTO parcels (id, status, error_code, run_id, started_at, failed_at) OVERRIDING SYSTEM VALUE
     SELECT id, CASE WHEN id % 2 = 0 THEN 'processing' ELSE 'failed' END, 'X', 'r', '2026-01-01', '2026-01-02'
       FROM generate_series(1, 25) AS id`,
  );
});

describe('page by page', () => {
  test('retention comes to each row once', async () => {
    const seen: string[] = [];
    for (let last: string | null | undefined = null; last !== undefined; last = seen.at(-1)) {
      const { rows } = await pool.query<{ id: string }>(statements.expired, [last, 1000, pageRows]);
      if (rows.length === 0) break;
      seen.push(...rows.map(({ id }) => id));
    }
    expect(seen).toEqual(all);
  });

  test('the reconciler comes to each row in flight once', async () => {
    const seen: string[] = [];
    let cursor: unknown[] = ['-infinity', null];
    while (true) {
      const { rows } = await pool.query<{ id: string; started_at: string }>(statements.owned, [
        ...cursor,
        pageRows,
      ]);
      const last = rows.at(-1);
      if (last === undefined) break;
      cursor = [last.started_at, last.id];
      seen.push(...rows.map(({ id }) => id));
    }
    expect(seen).toEqual(all.filter((id) => Number(id) % 2 === 0));
  });
});

test('a row that an older system ended, and left no time of it, counts from its start', async () => {
  await pool.query('UPDATE parcels SET failed_at = NULL WHERE id = 1');
  const { rows } = await pool.query<{ id: string; expired: boolean }>(statements.expired, [null, 1000, 1]);
  expect(rows).toEqual([{ id: '1', expired: true }]);
});

test('a page of retention is read by the primary key, however many rows there are', async () => {
  const client = await pool.connect();
  try {
    await client.query('ANALYZE parcels');
    await client.query('SET enable_seqscan = off');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statements.expired}`, [
      null,
      1000,
      pageRows,
    ]);
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('Index Scan using parcels_pkey');
  } finally {
    client.release(true);
  }
});
