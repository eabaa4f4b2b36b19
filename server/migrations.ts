import type { Logger } from 'pg-switchyard';
import { migrate } from 'pg-switchyard/admin';
import { definePipelines } from './queues.ts';
import type { Settings } from './settings.ts';

/** Brings the tables of the engine and of all pipelines up to date. @see {@link migrate} */
export function migrateAll(
  databaseUrl: string,
  log: Logger,
  settings: Settings,
  options: { signal?: AbortSignal; waitMs?: number } = {},
): Promise<string[]> {
  const pipelines = definePipelines(settings);
  return migrate(databaseUrl, log, {
    folders: pipelines.flatMap(({ migrations }) => migrations ?? []),
    installs: pipelines.flatMap(({ queues }) => queues.flatMap(({ install }) => install ?? [])),
    ...options,
  });
}
