import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { namespace } from './temporal.ts';

/** Resets the open run of a workflow to its first workflow task. Answers the new run's id. */
export async function resetToFirstTask(client: Client, workflowId: string): Promise<string> {
  const handle = client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const firstTask = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
  const answer = await client.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId, runId },
    reason: 'test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: firstTask?.eventId ?? null,
  });
  return answer.runId;
}
