import type { Client } from '@temporalio/client';
import { ErrorCode, JobError } from '../platform/errors.ts';
import { type QueueDefinition, workflowIdOf } from '../queues/definition.ts';
import { isForeign } from '../queues/foreign.ts';
import type { JobInput } from '../queues/job.ts';
import { searchAttributes } from '../queues/search-attributes.ts';
import type { ClaimedJob, StartAnswer } from './claimed-job.ts';
import { metRuns } from './met-runs.ts';
import { priorityOf, searchAttributesOf, shortened, startDeadlineMs } from './start-options.ts';
import { staticDetailsOf, staticSummaryOf } from './static-details.ts';
import { mostIdBytes } from './unstartable.ts';

/** The workflow id of the job is taken by an open workflow of another database. */
class WorkflowIdTaken extends Error {
  override readonly name = 'WorkflowIdTaken';
}

/**
 * Starts the job's workflow, or meets the one that is open: the workflow id is the job id, and Temporal keeps at most
 * one open run of it. An answer that names the run which the row already names is that old run, still closing.
 * @throws {WorkflowIdTaken} when the open run is another database's, which is left alone
 */
export async function startWorkflow(
  client: Client,
  queue: QueueDefinition,
  job: Omit<ClaimedJob, 'attempt' | 'refusals'>,
  publicUrl?: string,
): Promise<StartAnswer> {
  const workflowId = requireFitting(workflowIdOf(queue, job.id));
  const requestId = job.request_id === null ? null : shortened(job.request_id);
  const input: JobInput = {
    queue: queue.name,
    jobId: job.id,
    requestId,
    ...(queue.database !== undefined && { database: queue.database }),
    ...(queue.workTaskQueue !== undefined && { taskQueue: queue.workTaskQueue }),
    ...(queue.rowTaskQueue !== undefined && { rowTaskQueue: queue.rowTaskQueue }),
    ...(queue.plainWorkflow !== undefined && { plain: queue.plainWorkflow }),
  };
  const met = metRuns(client);
  const handle = await client.withDeadline(Date.now() + startDeadlineMs, () =>
    client.workflow.start(queue.workflowType, {
      workflowId,
      taskQueue: queue.taskQueue,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowRunTimeout: queue.deadlineMs,
      priority: priorityOf(client, job),
      staticSummary: staticSummaryOf(job),
      staticDetails: staticDetailsOf(queue, job, publicUrl),
      typedSearchAttributes: searchAttributesOf(client, queue, job),
    }),
  );
  const runId = handle.firstExecutionRunId;
  if (met.delete(runId)) await requireOwn(client, queue, handle.workflowId, runId);
  return runId === job.run_id ? { kind: 'closing' } : { kind: 'started', runId };
}

/** The run that a start met, asked whose it is. */
async function requireOwn(
  client: Client,
  queue: QueueDefinition,
  workflowId: string,
  runId: string,
): Promise<void> {
  if (queue.database === undefined) return;
  const { taskQueue, typedSearchAttributes } = await client.withDeadline(Date.now() + startDeadlineMs, () =>
    client.workflow.getHandle(workflowId, runId).describe(),
  );
  const database = typedSearchAttributes.get(searchAttributes.database);
  if (!isForeign(queue, { database, taskQueue })) return;
  throw new WorkflowIdTaken(
    `the workflow id ${workflowId} is taken by an open workflow of the database ${database ?? 'unknown'} on the task queue ` +
      `"${taskQueue}"; the job waits until that has ended, or give this database a TEMPORAL_NAMESPACE of its own`,
  );
}

/** @throws {JobError} for an id that Temporal would refuse, however often it is tried */
function requireFitting(workflowId: string): string {
  const bytes = Buffer.byteLength(workflowId);
  if (bytes <= mostIdBytes) return workflowId;
  throw new JobError(
    ErrorCode.UNKNOWN,
    `the id of its workflow, the queue's name and the job's id, would have ${bytes} bytes; Temporal takes ${mostIdBytes}: give the row a shorter id`,
    { retryable: false },
  );
}
