import type { QueueDefinition } from '../../queues/definition.ts';
import type { redriveStatements } from '../../sql/redrives.ts';

export interface RedriveTarget {
  queue: QueueDefinition;
  statements: ReturnType<typeof redriveStatements>;
}
