export { runAgent } from './agent-runs.ts';
export { finalizeSession } from './capture-sessions.ts';
export { convertInvoice } from './invoices.ts';
export { reconcile } from './reconcile.ts';
export { redriveJobs } from './redrives.ts';
export { parseDocument } from './uploads.ts';
export { deliverWebhook } from './webhooks.ts';
