import type { Client } from '@temporalio/client';
import type { QueueDefinition } from '../queues/definition.ts';
import type { ClaimedJob, StartAnswer } from './claimed-job.ts';
import { startWatched } from './start-watched.ts';
import { startWorkflow } from './start-workflow.ts';

/** Starts the workflow of a claimed job as its queue wants it. */
export const startJob = (client: Client, queue: QueueDefinition, job: ClaimedJob): Promise<StartAnswer> =>
  job.watched === undefined
    ? startWorkflow(client, queue, job)
    : startWatched(client, queue, job, job.watched);
