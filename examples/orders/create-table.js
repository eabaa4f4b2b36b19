import { readFile } from 'node:fs/promises';
import pg from 'pg';

/** The table of this application, where it is not there yet. Switchyard's own schema must be. */
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
try {
  const { rows } = await client.query(`SELECT to_regclass('shop.shipments') IS NULL AS missing`);
  if (rows[0].missing) await client.query(await readFile(new URL('table.sql', import.meta.url), 'utf8'));
} finally {
  await client.end();
}
