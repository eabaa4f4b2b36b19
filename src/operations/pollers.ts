import type { Client, Connection } from '@temporalio/client';
import { reasonOf } from '../platform/errors.ts';
import type { Settings } from '../platform/settings.ts';

/** How many workers poll each task queue for workflows; or why that could not be looked up. */
export type Pollers = { counts: ReadonlyMap<string, number> } | { unknown: string };

/** `TASK_QUEUE_TYPE_WORKFLOW` of temporal.api.enums.v1. */
const workflowTasks = 1;
const withinMs = 3_000;

/** Asks Temporal, which forgets a worker five minutes after its last poll. Never throws: Temporal may be away. */
export async function lookUpPollers(settings: Settings, taskQueues: readonly string[]): Promise<Pollers> {
  const names = [...new Set(taskQueues)];
  if (names.length === 0) return { counts: new Map() };
  const { createTemporalClient, isTemporalAway, loadTemporalConfig, refusalOf } = await import(
    '../platform/temporal.ts'
  );
  let client: Client | undefined;
  try {
    client = createTemporalClient(loadTemporalConfig(settings), settings.workerId);
    return { counts: await countPollers(client, names) };
  } catch (error) {
    return {
      unknown: isTemporalAway(error) ? `Temporal did not answer (${refusalOf(error)})` : reasonOf(error),
    };
  } finally {
    await client?.connection.close();
  }
}

async function countPollers(client: Client, names: readonly string[]): Promise<Map<string, number>> {
  const { workflowService } = client.connection as Connection;
  const { namespace } = client.options;
  const count = async (name: string): Promise<[string, number]> => {
    const taskQueue = { name };
    const { pollers } = await workflowService.describeTaskQueue({
      namespace,
      taskQueue,
      taskQueueType: workflowTasks,
    });
    return [name, pollers?.length ?? 0];
  };
  return client.withDeadline(Date.now() + withinMs, async () => new Map(await Promise.all(names.map(count))));
}

/** What whoever made a queue should know of its task queue; `undefined`: all is well. */
export function pollersWarning(pollers: Pollers, taskQueue: string): string | undefined {
  if ('unknown' in pollers)
    return `it was not checked whether anybody polls the task queue ${JSON.stringify(taskQueue)}: ${pollers.unknown}`;
  if ((pollers.counts.get(taskQueue) ?? 0) > 0) return undefined;
  return `nobody polls the task queue ${JSON.stringify(taskQueue)}: its workflows start and wait until a worker does`;
}
