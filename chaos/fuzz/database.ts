import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../server/dev/ports.ts';
import { startPostgres } from '../../server/dev/postgres.ts';
import { migrateAll } from '../../server/migrations.ts';
import { loadSettings } from '../../server/settings.ts';
import { withDatabase } from '../../test/support/database-name.ts';
import { silentLogger } from '../../test/support/logger.ts';

/** A Postgres of the run's own; each target has a database in it. */
export async function startFuzzDatabase(folder: string) {
  await chmod(folder, 0o755); // Postgres may run as another user
  await mkdir(join(folder, 'postgres-home'));
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres-home', 'data'),
    logFile: join(folder, 'postgres.log'),
    port: await freePort(),
    settings: ['fsync=off'],
  });
  return {
    async create(name: string): Promise<string> {
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`).finally(() => client.end());
      const url = withDatabase(postgres.url, name);
      await migrateAll(url, silentLogger, loadSettings({}));
      return url;
    },
    close: () => postgres.child.stop(20_000),
  };
}
