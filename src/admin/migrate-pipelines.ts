import type { Logger } from '../platform/logging.ts';
import { migrate } from '../platform/migrate.ts';
import type { Pipeline } from '../worker/pipeline.ts';

/** Brings the tables of the engine and of these pipelines up to date. @see {@link migrate} */
export const migratePipelines = (
  databaseUrl: string,
  log: Logger,
  pipelines: readonly Pipeline[],
  options: { signal?: AbortSignal; waitMs?: number } = {},
): Promise<string[]> =>
  migrate(databaseUrl, log, {
    folders: pipelines.flatMap(({ migrations }) => migrations ?? []),
    installs: pipelines.flatMap(({ queues }) => queues.flatMap(({ install }) => install ?? [])),
    ...options,
  });
