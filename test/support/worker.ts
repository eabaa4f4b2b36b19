import { randomUUID } from 'node:crypto';
import { definePipelines, defineQueues, servedQueues } from '../../server/queues.ts';
import { loadSettings } from '../../server/settings.ts';
import { workflowSources } from '../../server/workflow-sources.ts';
import { readIdentity } from '../../src/identity/database.ts';
import { createPool } from '../../src/platform/database.ts';
import type { Logger } from '../../src/platform/logging.ts';
import { dataConverterOf } from '../../src/platform/payload-encryption.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { createWorker } from '../../src/worker/worker.ts';
import { silentLogger } from './logger.ts';
import { type RunningWorker, runWorker } from './running-worker.ts';
import { connectTemporal } from './temporal.ts';

/** Starts the real worker with settings as environment variables give them. */
export async function startTestWorker(options: {
  env: Record<string, string>;
  temporalAddress?: string;
  log?: Logger;
}): Promise<RunningWorker> {
  const settings = loadSettings({ COMMAND_SANDBOX: 'off', ...options.env });
  const dataConverter = dataConverterOf(settings.temporalPayloadKeys);
  const temporal = await connectTemporal(options.temporalAddress, dataConverter);
  const pool = createPool({
    connectionString: settings.databaseUrl,
    applicationName: `test worker ${settings.workerId}`,
    max: settings.databasePoolSize,
    onError: () => undefined,
  });
  const built = await createWorker(servedQueues(settings), {
    settings,
    queues: defineQueues(settings),
    pipelines: definePipelines(settings),
    connection: temporal.connection,
    dataConverter,
    client: temporal.client,
    pool,
    database: await readIdentity(pool).then(
      ({ id }) => id,
      () => randomUUID(), // some tests have no Postgres
    ),
    bundlePath: await workflowBundle(undefined, workflowSources),
    log: options.log ?? silentLogger,
  });
  return runWorker(built, async () => {
    await temporal.close();
    await pool.end();
  });
}
