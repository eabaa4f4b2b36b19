import type { Client } from '@temporalio/client';
import type { Settings } from '../../platform/config.ts';
import type { Pool } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import type { JobTransitions } from '../jobs.ts';

/** What a worker gives every pipeline that it serves. */
export interface PipelineDeps {
  settings: Settings;
  pool: Pool;
  client: Client;
  /** The queue whose pipeline it is. */
  queue: QueueDefinition;
  /** All queues there are, whichever this worker serves. */
  queues: readonly QueueDefinition[];
  jobs: JobTransitions;
  log: Logger;
}

type Activities = Record<string, (...args: never[]) => Promise<unknown>>;

/**
 * What `src/activities/pipelines/<name of the queue>.ts` exports as `createActivities`. It is loaded by a worker that serves
 * the queue, and by no other: what a pipeline needs costs the others nothing.
 */
export type CreateActivities = (deps: PipelineDeps) => Activities | Promise<Activities>;

/**
 * What the same file may export as `onWorkerStart`: called before the worker takes work of the queue, with what to call when
 * it takes none any more and has finished or handed back what it had. Not called for a worker that is killed.
 */
export type OnWorkerStart = (deps: PipelineDeps) => Promise<() => Promise<void>>;
