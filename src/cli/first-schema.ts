import { migratePipelines } from '../admin/migrate-pipelines.ts';
import { DatabaseClient } from '../platform/database-client.ts';
import type { ProcessContext } from '../platform/process.ts';
import { untilReached } from '../platform/reach.ts';

/**
 * Makes Switchyard's schema in a database that has none, so that a first start needs no other command. One that is there stays as it is:
 * to bring it up to date is a step of its own, `switchyard migrate`.
 */
export async function makeFirstSchema({ settings, log, signal }: ProcessContext): Promise<void> {
  const url = settings.databaseDirectUrl ?? settings.databaseUrl;
  const isThere = await untilReached('Postgres', { log, signal }, () => hasSchema(url));
  if (isThere !== false) return;
  log.info("the database has not Switchyard's schema yet; it is made now");
  await migratePipelines(url, log, [], { signal });
}

async function hasSchema(connectionString: string): Promise<boolean> {
  const client = new DatabaseClient({ connectionString, applicationName: 'switchyard start' });
  try {
    await client.connect();
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('switchyard.migrations') IS NOT NULL AS there`,
    );
    return rows[0]?.there === true;
  } finally {
    await client.end();
  }
}
