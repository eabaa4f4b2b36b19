import { fileURLToPath } from 'node:url';
import { environment, type Pipeline, type Settings, type SettingsSource, withDefaults } from 'pg-switchyard';
import type { WorkflowSources } from 'pg-switchyard/worker';
import { noOpQueue, threeActivitiesQueue } from './queue.ts';

export const taskQueue = 'no-op';

/** The shipped settings of the engine, on the database and the health port that the process is given. */
export const source: SettingsSource<Settings> = {
  load() {
    const { DATABASE_URL: databaseUrl = '', HEALTH_PORT: port } = environment();
    const healthPort = port === undefined ? undefined : Number(port);
    return withDefaults({ databaseUrl, healthPort, taskQueue, logFormat: 'json' });
  },
  secrets: () => [],
};

/** An application as anybody makes one of the package: it knows nothing of this repository but the package's faces. */
export const noOp = (settings: Settings): Pipeline => ({
  queues: [noOpQueue(settings), threeActivitiesQueue(settings)],
  migrations: new URL('migrations/', import.meta.url),
  work: {
    'no-op': async () => (await import('./work.ts')).noOpWork,
    'three-activities': async () => (await import('./work.ts')).threeActivitiesWork,
  },
});

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export const workflows: WorkflowSources = {
  entry: path('workflows.ts'),
  sources: [path('workflows.ts')],
  cache: path('../../node_modules/.cache/switchyard'),
};
