import { defineQueue } from 'pg-switchyard';
import type { fulfill } from './workflows.ts';

/** An order that is paid runs the workflow; its columns show how that goes. */
export const fulfillment = defineQueue<typeof fulfill>('fulfillment', {
  workflow: 'fulfill',
  taskQueue: 'shop',
  table: 'public.orders',
  startWhen: "NEW.state = 'paid'",
  input: "jsonb_build_object('orderId', NEW.id, 'item', NEW.item, 'cents', NEW.cents, 'card', NEW.card)",
  mirror: { status: 'job_status', error_code: 'job_error' },
});
