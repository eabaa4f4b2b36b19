import type { WorkflowHandle } from '@temporalio/client';

/** What Temporal's Web UI asks a workflow for, as the SDKs answer it. */
export const metadataQuery = '__temporal_workflow_metadata';

/** What the Web UI shows of the workflow as current details. */
export async function currentDetails(workflow: WorkflowHandle): Promise<string> {
  const { currentDetails: details } = await workflow.query<{ currentDetails: string }>(metadataQuery);
  return details;
}
