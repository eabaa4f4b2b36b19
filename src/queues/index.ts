import type { Settings } from '../platform/config.ts';
import type { QueueDefinition } from './definition.ts';
import { invoicesQueue } from './invoices.ts';

/** All queues. A new pipeline adds its line here. */
export function defineQueues(settings: Settings): QueueDefinition[] {
  const options = {
    batch: settings.claimBatch,
    maxInFlight: settings.maxInFlight,
    taskQueue: settings.taskQueue,
  };
  return [invoicesQueue(options)];
}
