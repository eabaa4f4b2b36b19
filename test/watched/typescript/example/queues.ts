import { defineQueue } from 'pg-switchyard';
import type { processOrder, sendEmail } from './workflows.ts';

export const emails = defineQueue<typeof sendEmail>('emails', { workflow: 'sendEmail', taskQueue: 'mail' });

export const orders = defineQueue<typeof processOrder>('orders', {
  workflow: 'processOrder',
  taskQueue: 'orders',
  table: 'public.orders',
  startWhen: "NEW.state = 'paid'",
  input: "jsonb_build_object('orderId', NEW.id::text)",
  mirror: { status: 'job_status' },
});
