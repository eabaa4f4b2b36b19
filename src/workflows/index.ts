export { convertInvoice } from './invoices.ts';
export { reconcile } from './reconcile.ts';
export { redriveJobs } from './redrives.ts';
export { deliverWebhook } from './webhooks.ts';
