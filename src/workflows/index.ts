export { convertInvoice } from './invoices.ts';
export { reconcile } from './reconcile.ts';
