export { runAgent } from './agent-runs.ts';
export { buildRepository } from './builds.ts';
export { finalizeSession } from './capture-sessions.ts';
export { deployBuild } from './deployments.ts';
export { convertInvoice } from './invoices.ts';
export { housekeep, reconcile } from './reconcile.ts';
export { redriveJobs } from './redrives.ts';
export { parseDocument } from './uploads.ts';
export { deliverWebhook } from './webhooks.ts';
