import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../src/dev/ports.ts';
import { startPostgres } from '../../src/dev/postgres.ts';
import { startTemporalServer } from '../../src/dev/temporal-server.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { templateDatabase, withDatabase } from './database-name.ts';
import { silentLogger } from './logger.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the database `postgres` of this run's own server. */
    postgresUrl: string;
    temporalAddress: string;
  }
}

/** One real Postgres and one real Temporal a run, on free ports and in a folder of their own, gone afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-test-'));
  await chmod(folder, 0o755); // Postgres may run as another user
  const starting = [startTestPostgres(folder), startTestTemporal(folder)] as const;
  const stop = async () => {
    for (const server of await Promise.allSettled(starting)) {
      if (server.status === 'fulfilled') await server.value.child.stop(20_000);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const [postgres, temporal] = await Promise.all(starting);
    await migrate(withDatabase(postgres.url, templateDatabase), silentLogger);
    project.provide('postgresUrl', withDatabase(postgres.url, 'postgres'));
    project.provide('temporalAddress', temporal.address);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

async function startTestPostgres(folder: string) {
  return startPostgres({
    dataDir: join(folder, 'postgres'),
    logFile: join(folder, 'postgres.log'),
    port: await freePort(),
    settings: ['fsync=off', 'max_connections=300'],
  });
}

async function startTestTemporal(folder: string) {
  return startTemporalServer({ folder: join(folder, 'temporal'), port: await freePort() });
}
