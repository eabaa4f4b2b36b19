import type { Client } from '@temporalio/client';
import { type LostTasks, waitingTasksOf } from '../platform/lost-tasks.ts';

/**
 * Looks at the passes of a schedule that run: one that waits for a task that Temporal lost would hold up all later ones. Answers
 * what was scheduled again, in words.
 */
export async function renewLostPasses(
  { workflowService, options, schedule }: Client,
  scheduleId: string,
  lostTasks: LostTasks,
): Promise<string[]> {
  const renewed: string[] = [];
  const { info } = await schedule.getHandle(scheduleId).describe();
  for (const { workflow } of info.runningActions) {
    const { workflowId } = workflow;
    const description = await workflowService.describeWorkflowExecution({
      namespace: options.namespace,
      execution: { workflowId },
    });
    const runId = description.workflowExecutionInfo?.execution?.runId ?? '';
    const what = await lostTasks.renew({ workflowId, runId, waiting: waitingTasksOf(description) });
    if (what !== undefined) renewed.push(`${workflowId}: ${what}`);
  }
  return renewed;
}
