import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { searchText } from '../platform/temporal-search.ts';
import { isMissingWorkflow } from './missing-workflow.ts';

/** What Temporal says of one run. The memo is as it travels: one of somebody else may have another key. */
export interface WorkflowRun {
  runId: string;
  /** The first run of its chain, which continue-as-new, retries and resets keep. */
  firstRunId: string;
  isOpen: boolean;
  closedAt: Date | undefined;
  memo: Record<string, Payload> | null | undefined;
}

/** RUNNING and PAUSED of temporal.api.enums.v1.WorkflowExecutionStatus. */
const openStatuses: ReadonlySet<unknown> = new Set([1, 8]);

/** Asks Temporal's own state of the newest run, or of the one that is named. `undefined`: it knows none. */
export async function describeRun(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<WorkflowRun | undefined> {
  const execution = { workflowId, ...(runId !== undefined && { runId }) };
  try {
    const { workflowExecutionInfo: info } = await client.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution,
    });
    const answered = info?.execution?.runId;
    if (info == null || answered == null) return undefined;
    return {
      runId: answered,
      firstRunId: info.firstRunId || answered,
      isOpen: openStatuses.has(info.status),
      closedAt: info.closeTime == null ? undefined : new Date(Number(info.closeTime.seconds ?? 0) * 1000),
      memo: info.memo?.fields,
    };
  } catch (error) {
    if (isMissingWorkflow(error)) return undefined;
    throw error;
  }
}

const pageRuns = 1_000;
/** No retention period keeps more runs than this. */
const mostPages = 10;

/**
 * The ids and memos of all runs of a workflow id, by Temporal's search, which is some seconds behind. `undefined` at the end: there are
 * more than it is worth to read.
 */
export async function* runsOf(
  client: Client,
  workflowId: string,
): AsyncGenerator<Pick<WorkflowRun, 'runId' | 'memo'> | undefined> {
  let nextPageToken: Uint8Array | undefined;
  for (let page = 0; page < mostPages; page++) {
    const answer = await client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      query: `WorkflowId = ${searchText(workflowId)}`,
      pageSize: pageRuns,
      ...(nextPageToken !== undefined && { nextPageToken }),
    });
    for (const { execution, memo } of answer.executions) {
      if (execution?.runId != null) yield { runId: execution.runId, memo: memo?.fields };
    }
    if (answer.nextPageToken.length === 0) return;
    nextPageToken = answer.nextPageToken;
  }
  yield undefined;
}
