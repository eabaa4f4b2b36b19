import type { Client } from '@temporalio/client';
import type { Pool } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import type { LostTasks } from '../../platform/lost-tasks.ts';
import type { RowBackoff } from '../../platform/row-backoff.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import type { Storage } from '../../storage/storage.ts';
import type { JobFiles } from '../results/job-files.ts';
import type { Results } from '../results/results.ts';

export interface ReconcileDeps {
  pool: Pool;
  client: Client;
  queues: readonly QueueDefinition[];
  files: readonly JobFiles[];
  /** Where the files of jobs are kept. */
  storage: Storage;
  results: Pick<Results, 'sweep'>;
  /**
   * In milliseconds: workflows that are younger, and rows that ended since, are not looked at from Temporal's side. A
   * workflow ends a little later than its row, and Temporal's search lags behind both.
   */
  settledMs: number;
  /** In milliseconds; 0: for ever. */
  keepJobsMs: number;
  keepEventsMs: number;
  backoff: RowBackoff;
  lostTasks: LostTasks;
  log: Logger;
}
