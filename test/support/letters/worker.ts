import { fileURLToPath } from 'node:url';
import { readIdentity } from '../../../src/identity/database.ts';
import { createPool } from '../../../src/platform/database.ts';
import type { Logger } from '../../../src/platform/logging.ts';
import { dataConverterOf } from '../../../src/platform/payload-encryption.ts';
import type { Settings } from '../../../src/platform/settings.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { workflowBundle } from '../../../src/worker/bundle.ts';
import type { Pipeline } from '../../../src/worker/pipeline.ts';
import { systemPipeline } from '../../../src/worker/system-pipeline.ts';
import { createWorker } from '../../../src/worker/worker.ts';
import { type RunningWorker, runWorker } from '../running-worker.ts';
import { connectTemporal } from '../temporal.ts';
import { createLetterActivities, type LetterSettings } from './activities.ts';

export type { RunningWorker } from '../running-worker.ts';

export type WorkerOptions = Settings & LetterSettings;

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** The workflows of letters, with the engine's own. */
export const letterWorkflows = {
  entry: path('test/support/letters/workflows.ts'),
  sources: [path('test/support/letters'), path('package-lock.json')],
  cache: path('node_modules/.cache/switchyard'),
};

/** Starts a worker of letters and of the queues that serve them, with connections of its own. */
export async function startLetterWorker(
  options: WorkerOptions,
  {
    queue,
    log,
    temporalAddress,
  }: { queue: QueueDefinition; log: Logger; temporalAddress?: string | undefined },
): Promise<RunningWorker> {
  const dataConverter = dataConverterOf(options.temporalPayloadKeys);
  const temporal = await connectTemporal(temporalAddress, dataConverter);
  const pool = createPool({
    connectionString: options.databaseUrl,
    applicationName: `test worker ${options.workerId}`,
    max: options.databasePoolSize,
    onError: () => undefined,
  });
  const letters: Pipeline = {
    queues: [queue],
    work: {
      letters: async () => ({ createActivities: (deps) => createLetterActivities(deps, options) }),
    },
  };
  const pipelines = [letters, systemPipeline(options)];
  const queues = pipelines.flatMap((each) => each.queues);
  const built = await createWorker(queues, {
    settings: options,
    queues,
    pipelines,
    connection: temporal.connection,
    dataConverter,
    client: temporal.client,
    pool,
    database: (await readIdentity(pool)).id,
    bundlePath: await workflowBundle(undefined, letterWorkflows),
    log,
  });
  return runWorker(built, async () => {
    await temporal.close();
    await pool.end();
  });
}
