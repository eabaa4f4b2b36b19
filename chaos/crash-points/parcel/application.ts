import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Application } from '../../../src/cli/application.ts';
import { withDefaults } from '../../../src/platform/default-settings.ts';
import { environment } from '../../../src/platform/environment.ts';
import { systemPipeline } from '../../../src/worker/system-pipeline.ts';
import type { ParcelActivities } from '../../../test/support/parcels/activities.ts';
import { parcelsQueue } from '../../../test/support/parcels/table.ts';

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** An application of one queue, whose steps leave a line each. */
export function parcelApplication(env: Readonly<Record<string, string | undefined>>): Application {
  const settings = withDefaults({
    databaseUrl: env['DATABASE_URL'] ?? '',
    taskQueue: env['TASK_QUEUE'] ?? '',
    workerId: env['WORKER_ID'] ?? '',
    logFormat: 'json',
    shutdownGraceMs: 0,
  });
  const did = (step: string) => appendFile(join(env['RESULT_ROOT'] ?? '', stepsLog), `${step}\n`);
  const steps: ParcelActivities = {
    weigh: () => did('weigh').then(() => 300),
    printLabel: () => did('printLabel').then(() => 'P-1'),
    handOver: () => did('handOver'),
    tell: () => did('tell'),
  };
  return {
    settings,
    pipelines: [
      {
        queues: [parcelsQueue(settings.taskQueue)],
        work: { parcels: async () => ({ createActivities: () => ({ ...steps }) }) },
      },
      systemPipeline(settings),
    ],
    workflows: {
      entry: path('chaos/crash-points/parcel/workflows.ts'),
      sources: [path('test/support/parcels'), path('chaos/crash-points/parcel')],
      cache: path('node_modules/.cache/switchyard'),
    },
  };
}

/** In the folder of a run: what its steps did, a line each. */
export const stepsLog = 'steps.log';

export default parcelApplication(environment());
