import type { Settings } from '../platform/config.ts';
import type { QueueDefinition } from './definition.ts';
import { invoicesQueue } from './invoices.ts';
import { redrivesQueue } from './redrives.ts';
import { webhooksQueue } from './webhooks.ts';

/** All queues. A new pipeline adds its line here. */
export function defineQueues(settings: Settings): QueueDefinition[] {
  return [invoicesQueue(settings), webhooksQueue(settings), redrivesQueue(settings)];
}
