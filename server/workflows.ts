export { deliverWebhook, housekeep, reconcile, redriveJobs } from 'pg-switchyard/workflow';
export { runAgent } from '../pipelines/agent-runs/workflow.ts';
export { buildRepository } from '../pipelines/builds/builds-workflow.ts';
export { deployBuild } from '../pipelines/builds/deployments-workflow.ts';
export { finalizeSession } from '../pipelines/capture-sessions/workflow.ts';
export { convertInvoice } from '../pipelines/invoices/workflow.ts';
export { parseDocument } from '../pipelines/uploads/workflow.ts';
