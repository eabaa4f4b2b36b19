import { createPool } from '../platform/database.ts';
import { type DatabaseEntry, databasesOf, type NamedDatabase } from '../platform/database-list.ts';
import { SetupError } from '../platform/errors.ts';
import type { ProcessContext } from '../platform/process.ts';
import { workflowIdPrefix } from '../sql/work-there.ts';

/**
 * Brings many databases up to date, one after the other. One that fails stops no other.
 * @throws {SetupError} that names those that failed, when all were tried
 */
export async function migrateMany(context: ProcessContext, entries: readonly DatabaseEntry[]): Promise<void> {
  const { log, signal } = context;
  const failed: string[] = [];
  for (const database of (await Promise.all(entries.map(databasesOf))).flat()) {
    if (signal.aborted) break;
    await migrateOne(context, database).catch((error: unknown) => {
      log.error({ err: error, database: database.name }, 'the database was not migrated');
      failed.push(database.name);
    });
  }
  if (failed.length > 0)
    throw new SetupError(`These databases were not migrated; the log says why: ${failed.join(', ')}`);
}

async function migrateOne({ log, signal }: ProcessContext, { name, url }: NamedDatabase): Promise<void> {
  const { migratePipelines } = await import('../admin/migrate-pipelines.ts');
  const ofDatabase = log.child({ database: name });
  const applied = await migratePipelines(url, ofDatabase, [], { signal });
  if (applied.length === 0) ofDatabase.info('the database is up to date');
  const pool = createPool({
    connectionString: url,
    applicationName: 'switchyard migrate',
    max: 1,
    onError: (error) => ofDatabase.warn({ err: error }, 'the database connection broke'),
  });
  try {
    const { rows } = await pool.query<{ prefix: string | null }>(workflowIdPrefix);
    if (rows[0]?.prefix !== null) return;
    await pool.query('SELECT switchyard.set_workflow_id_prefix($1)', [`${name}/`]);
    ofDatabase.info({ prefix: `${name}/` }, 'its workflow ids begin with its name from now on');
  } finally {
    await pool.end();
  }
}
