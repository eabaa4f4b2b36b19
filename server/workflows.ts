export { runAgent } from '../pipelines/agent-runs/workflow.ts';
export { buildRepository } from '../pipelines/builds/builds-workflow.ts';
export { deployBuild } from '../pipelines/builds/deployments-workflow.ts';
export { finalizeSession } from '../pipelines/capture-sessions/workflow.ts';
export { convertInvoice } from '../pipelines/invoices/workflow.ts';
export { parseDocument } from '../pipelines/uploads/workflow.ts';
export { housekeep, reconcile } from '../src/workflows/reconcile.ts';
export { redriveJobs } from '../src/workflows/redrives.ts';
export { deliverWebhook } from '../src/workflows/webhooks.ts';
