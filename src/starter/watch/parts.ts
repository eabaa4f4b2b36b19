import type { Client } from '@temporalio/client';
import type { Pool } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import type { LostTasks } from '../../platform/lost-tasks.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import type { WatchStatements } from '../../sql/watch.ts';
import type { Budget } from './budget.ts';
import type { JobKeys } from './job-key.ts';
import type { WatchedRow } from './row.ts';
import type { Runs } from './runs.ts';
import type { Settle } from './settle.ts';

/** What the parts of one queue's watch share. */
export interface WatchParts {
  pool: Pool;
  client: Client;
  queue: QueueDefinition;
  statements: WatchStatements;
  keys: JobKeys;
  runs: Runs;
  /** The same, within the budget. */
  pacedRuns: Runs;
  budget: Budget;
  settle: Settle;
  lostTasks: LostTasks;
  /** Waits for the end of a job in flight. */
  follow: (row: WatchedRow) => void;
  log: Logger;
}
