import type { Client } from '@temporalio/client';
import type { JobTransitions } from '../activities/rows/transitions.ts';
import type { Pool } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import type { QueueDefinition } from '../queues/definition.ts';

/** Queues, with the code of their jobs. */
export interface Pipeline {
  readonly queues: readonly QueueDefinition[];
  /**
   * The folder of the migrations that make its tables: `01_name.sql` …, by names that no other folder has. A `misfits.sql` beside them
   * says what keeps tables of an older system from being adopted. Left out: there are none.
   */
  readonly migrations?: URL;
  /**
   * The work of each of these queues, by its name. It is loaded by a worker that serves the queue, and by no other: what a pipeline
   * needs costs the others nothing.
   */
  readonly work: Readonly<Record<string, () => Promise<QueueWork>>>;
}

export interface QueueWork {
  createActivities: CreateActivities;
  onWorkerStart?: OnWorkerStart;
}

/** What a worker gives every queue that it serves. */
export interface WorkDeps {
  pool: Pool;
  client: Client;
  /** The queue whose work it is. */
  queue: QueueDefinition;
  /** All queues of the application, whichever this worker serves. */
  queues: readonly QueueDefinition[];
  jobs: JobTransitions;
  log: Logger;
}

type Activities = Record<string, (...args: never[]) => Promise<unknown>>;

/** Makes the activities of a queue, once for each worker. */
export type CreateActivities = (deps: WorkDeps) => Activities | Promise<Activities>;

/**
 * Called before the worker takes work of the queue. Answers what to call when it takes none any more and has finished or handed back
 * what it had; that is not called for a worker that is killed.
 */
export type OnWorkerStart = (deps: WorkDeps) => Promise<() => Promise<void>>;
