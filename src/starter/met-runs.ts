import type { Client, WorkflowService } from '@temporalio/client';

type StartRequest = Parameters<WorkflowService['startWorkflowExecution']>[0];

/** Run ids by the connection that they were answered on. */
const metBy = new WeakMap<WorkflowService, Set<string>>();

/**
 * The runs that starts of this client met, in place of starting their own: Temporal says so in its answer, and the SDK does not
 * pass it on, so it is read below the SDK. Call it before the start, and remove what was asked for.
 */
export function metRuns({ workflowService }: Client): Set<string> {
  const known = metBy.get(workflowService);
  if (known !== undefined) return known;
  const met = new Set<string>();
  metBy.set(workflowService, met);
  const start = workflowService.startWorkflowExecution;
  Object.assign(workflowService, {
    startWorkflowExecution: async (request: StartRequest) => {
      const answer = await start(request);
      if (!answer.started) met.add(answer.runId);
      return answer;
    },
  });
  return met;
}
