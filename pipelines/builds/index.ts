import type { Pipeline } from 'pg-switchyard';
import { buildsQueue } from './builds-queue.ts';
import { deploymentsQueue } from './deployments-queue.ts';
import type { BuildSettings } from './settings.ts';

/** Branches of repositories → artifacts → what is live in an environment. */
export const builds = (settings: BuildSettings): Pipeline => ({
  queues: [buildsQueue(settings), deploymentsQueue(settings)],
  migrations: new URL('migrations/', import.meta.url),
  work: {
    builds: async () => (await import('./builds-work.ts')).buildWork(settings),
    deployments: async () => (await import('./deployments-work.ts')).deploymentWork(settings),
  },
});
