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
