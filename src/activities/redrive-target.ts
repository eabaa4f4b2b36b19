import type { QueueDefinition } from '../queues/definition.ts';
import type { redriveStatements } from '../queues/redrive-statements.ts';

export interface RedriveTarget {
  queue: QueueDefinition;
  statements: ReturnType<typeof redriveStatements>;
}
