import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import { eachTestHasPool } from '../support/database.ts';
import { parseGolden } from './golden.ts';
import { createTables } from './queues.ts';

let pool: Pool;
eachTestHasPool((opened) => {
  pool = opened;
});

const files = globSync('test/sql/golden/*/*.sql').toSorted();

test.each(files)('Postgres prepares and plans every statement of %s', async (file) => {
  await pool.query(createTables);
  const statements = parseGolden(readFileSync(file, 'utf8'));
  expect(statements).not.toEqual([]);
  const client = await pool.connect();
  try {
    for (const [name, statement] of statements) {
      const { rows } = await client
        .query(`PREPARE "${name}" AS ${statement}`)
        .then(() =>
          client.query<{ parameters: string[] }>(
            'SELECT parameter_types::text[] AS parameters FROM pg_prepared_statements WHERE name = $1',
            [name],
          ),
        )
        .catch((error: Error) => {
          throw new Error(`${name}: ${error.message}`);
        });
      const nulls = rows[0]?.parameters.map(() => 'NULL').join(', ');
      await client.query(`EXPLAIN EXECUTE "${name}"${nulls && ` (${nulls})`}`);
    }
  } finally {
    client.release(true);
  }
});
