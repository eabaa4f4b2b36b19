import type { Pipeline } from 'pg-switchyard';
import { invoicesQueue } from './queue.ts';
import type { InvoiceSettings } from './settings.ts';

/** PDF invoices → XML through the gateway. */
export const invoices = (settings: InvoiceSettings): Pipeline => ({
  queues: [invoicesQueue(settings)],
  migrations: new URL('migrations/', import.meta.url),
  work: { invoices: async () => (await import('./work.ts')).invoiceWork(settings) },
});
