import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { compileCache } from '../../server/dev/roles.ts';
import { newIdentity } from '../../src/identity/change.ts';
import { environment } from '../../src/platform/environment.ts';
import { copyDatabase, withDatabase } from '../../test/support/database-name.ts';
import type { Scenario, Site } from './scenario.ts';
import { administer, type World } from './world.ts';

export async function createSite(world: World, scenario: Scenario): Promise<Site> {
  const name = `crash_${randomBytes(6).toString('hex')}`;
  await administer(world, (client) => copyDatabase(client, name, world.template));
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-crash-'));
  const databaseUrl = withDatabase(world.postgresUrl, name);
  // Without the limits of the product's pools: a busy machine is no reason to give up.
  const pool = new pg.Pool({ connectionString: databaseUrl, application_name: 'crash points', max: 2 });
  pool.on('error', () => undefined);
  await newIdentity(pool, [], { force: false });
  const env = {
    PATH: environment()['PATH'] ?? '',
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: world.temporalAddress,
    TASK_QUEUE: name,
    GATEWAY_URL: world.gateway.url,
    UPLOAD_ROOT: join(folder, 'uploads'),
    RESULT_ROOT: folder,
    STAGING_ROOT: join(folder, 'staging'),
    LOG_FORMAT: 'json',
    ...compileCache,
  };
  return {
    world,
    scenario,
    folder,
    pool,
    env,
    jobId: await scenario.prepare({ pool, folder, env }),
    close: async (keep) => {
      await pool.end();
      await administer(world, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
      if (!keep) await rm(folder, { recursive: true, force: true });
    },
  };
}
