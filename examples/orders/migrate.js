import { readFile } from 'node:fs/promises';
import { createPool, runProcess } from 'pg-switchyard';
import { migrate } from 'pg-switchyard/admin';
import { source } from './application.js';

/** Switchyard's own schema, then the table of this application where it is not there yet. */
await runProcess('migrate', source, async ({ settings, log, signal }) => {
  await migrate(settings.databaseUrl, log, [], { signal });
  const pool = createPool({
    connectionString: settings.databaseUrl,
    applicationName: 'orders migrate',
    max: 1,
    onError: (error) => log.warn({ err: error }, 'the database connection broke'),
  });
  try {
    const { rows } = await pool.query(`SELECT to_regclass('shop.shipments') IS NULL AS missing`);
    if (rows[0].missing)
      await pool.query(
        `CREATE SCHEMA IF NOT EXISTS shop; ${await readFile(new URL('table.sql', import.meta.url), 'utf8')}`,
      );
  } finally {
    await pool.end();
  }
});
