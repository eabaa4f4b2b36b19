export { convertInvoice } from './invoices.ts';
