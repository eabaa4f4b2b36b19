import type { Logger } from 'pg-switchyard';
import { migratePipelines } from 'pg-switchyard/admin';
import { definePipelines } from './queues.ts';
import type { Settings } from './settings.ts';

/** Brings the tables of the engine and of all pipelines up to date. */
export const migrateAll = (
  databaseUrl: string,
  log: Logger,
  settings: Settings,
  options?: { signal?: AbortSignal; waitMs?: number },
): Promise<string[]> => migratePipelines(databaseUrl, log, definePipelines(settings), options);
