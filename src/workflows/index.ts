export { convertInvoice } from './invoices.ts';
export { deliverWebhook } from './webhooks.ts';
