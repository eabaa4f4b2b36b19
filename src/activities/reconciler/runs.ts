import { type Client, ServiceError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type WaitingTask, waitingTasksOf } from '../../platform/lost-tasks.ts';
import type { WhoseWorkflow } from '../../queues/foreign.ts';
import { searchAttributes } from '../../queues/search-attributes.ts';

/** What Temporal says of a run of a job's workflow. */
export interface LatestRun extends WhoseWorkflow {
  runId: string;
  /** The first run of its chain: a reset keeps it. */
  firstRunId: string;
  /** `OPEN`, or how it ended in Temporal's words. */
  status: 'OPEN' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TERMINATED' | 'TIMED_OUT';
  cancelRequested: boolean;
  /** Its tasks that wait for a worker. */
  waiting: readonly WaitingTask[];
}

const deadlineMs = 10_000;
const closed = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT']);

/**
 * Asks Temporal's own state, which is never behind as its search is; of the newest run where none is named. `undefined`: it
 * knows no such workflow.
 * @throws what else Temporal says, above all that it is away, or that the whole namespace is not there
 */
export async function latestRun(
  client: Client,
  workflowId: string,
  namedRunId?: string,
): Promise<LatestRun | undefined> {
  try {
    const { runId, status, raw, taskQueue, typedSearchAttributes } = await client.withDeadline(
      Date.now() + deadlineMs,
      () => client.workflow.getHandle(workflowId, namedRunId).describe(),
    );
    return {
      runId,
      firstRunId: raw.workflowExecutionInfo?.firstRunId || runId,
      status: closed.has(status.name) ? (status.name as LatestRun['status']) : 'OPEN',
      cancelRequested: raw.workflowExtendedInfo?.cancelRequested === true,
      database: typedSearchAttributes.get(searchAttributes.database),
      taskQueue,
      waiting: waitingTasksOf(raw),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** The code and the words with which a run failed; nothing where they cannot be read. */
export async function failureOf(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<{ message?: string; type?: string }> {
  try {
    await client.withDeadline(Date.now() + deadlineMs, () =>
      client.workflow.getHandle(workflowId, runId, { followRuns: false }).result(),
    );
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    if (cause instanceof ApplicationFailure) {
      return { message: cause.message, ...(cause.type != null && { type: cause.type }) };
    }
  }
  return {};
}
