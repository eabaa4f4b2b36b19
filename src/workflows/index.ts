export { convertInvoice } from './invoices.ts';
export { reconcile } from './reconcile.ts';
export { deliverWebhook } from './webhooks.ts';
