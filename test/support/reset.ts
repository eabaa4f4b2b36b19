import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { namespace } from './temporal.ts';

/** `RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL` of temporal.api.enums.v1. */
const signals = 1;

/** Resets the newest run of a workflow to its first workflow task. Answers the new run's id. Signals are sent to it again. */
export async function resetToFirstTask(
  client: Client,
  workflowId: string,
  { withSignals = true }: { withSignals?: boolean } = {},
): Promise<string> {
  const handle = client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const firstTask = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
  const answer = await client.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId, runId },
    reason: 'test',
    resetReapplyExcludeTypes: withSignals ? [] : [signals],
    requestId: randomUUID(),
    workflowTaskFinishEventId: firstTask?.eventId ?? null,
  });
  return answer.runId;
}
