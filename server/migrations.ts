import type { Logger } from '../src/platform/logging.ts';
import { migrate } from '../src/platform/migrate.ts';
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
