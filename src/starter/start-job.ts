import type { Client } from '@temporalio/client';
import type { QueueDefinition } from '../queues/definition.ts';
import type { ClaimedJob, StartAnswer } from './claimed-job.ts';
import { startWatched } from './start-watched.ts';
import { startWorkflow } from './start-workflow.ts';

/** Starts the workflow of a claimed job as its queue wants it. `publicUrl`: where the page is, for a link to the job. */
export const startJob = (
  client: Client,
  queue: QueueDefinition,
  job: ClaimedJob,
  publicUrl?: string,
): Promise<StartAnswer> =>
  job.watched === undefined
    ? startWorkflow(client, queue, job, publicUrl)
    : startWatched(client, queue, job, job.watched, publicUrl);
