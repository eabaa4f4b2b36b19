import type { QueueDefinition } from '../queues/definition.ts';
import { watchedQueue } from '../queues/watched.ts';
import { readDefinition } from '../registry/noted-definitions.ts';
import type { Db, RegisteredQueue } from './registered-queue.ts';

/** What CLAIM_BATCH is where it is not set. */
const claimBatch = 10;

/**
 * What claims of the queue go by: that of a watched queue stands in the registry, that of another was written down by its starter.
 * `undefined`: no starter has served it yet.
 * @param own the definitions that this process has: a starter goes by its own settings, so these hold only until one has served the queue
 */
export async function definitionOf(
  db: Db,
  queue: RegisteredQueue,
  own: readonly QueueDefinition[] = [],
): Promise<QueueDefinition | undefined> {
  if (queue.kind === 'fenced')
    return (await readDefinition(db, queue.name)) ?? own.find(({ name }) => name === queue.name);
  return watchedQueue(
    {
      name: queue.name,
      id_type: queue.types['id'] as QueueDefinition['idType'],
      workflow: queue.workflow ?? '',
      task_queue: queue.task_queue ?? '',
      input_is_args: false,
      execution_timeout_ms: null,
      run_timeout_ms: null,
      max_in_flight: queue.in_flight,
      max_per_key: queue.in_flight_per_key,
      fair: queue.fair,
      source: null,
      source_id: null,
      mirror: null,
    },
    { claimBatch },
  );
}
