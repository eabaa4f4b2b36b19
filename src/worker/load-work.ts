import { SetupError } from '../platform/errors.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { OnWorkerStart, Pipeline, WorkDeps } from './pipeline.ts';

/** The activities of all served queues that share a task queue of Temporal's. */
export interface Work {
  activities: object;
  /** How many of them at once, where a queue says so itself. */
  slots: number | undefined;
  /** What its pipelines want to be called for when the worker begins; each answers what to call at its end. */
  onStart: readonly (() => ReturnType<OnWorkerStart>)[];
}

/**
 * Loads the work of the queues that this worker serves. Answers it by the task queue it comes on.
 * @throws {SetupError} for a queue that none of the pipelines works for
 */
export async function loadWork(
  served: readonly QueueDefinition[],
  pipelines: readonly Pick<Pipeline, 'work'>[],
  deps: Omit<WorkDeps, 'queue'>,
): Promise<Map<string, Work>> {
  const works = new Map<string, Work>();
  for (const queue of served) {
    const taskQueue = queue.workTaskQueue ?? queue.taskQueue;
    const shared = works.get(taskQueue);
    const own = { ...deps, queue };
    const { createActivities, onWorkerStart } = await workOf(queue, pipelines);
    const activities = await createActivities(own);
    works.set(taskQueue, {
      activities: { ...shared?.activities, ...activities },
      slots: queue.workerSlots ?? shared?.slots,
      onStart: [
        ...(shared?.onStart ?? []),
        ...(onWorkerStart === undefined ? [] : [() => onWorkerStart(own)]),
      ],
    });
  }
  return works;
}

function workOf({ name }: QueueDefinition, pipelines: readonly Pick<Pipeline, 'work'>[]) {
  const load = pipelines.map(({ work }) => work[name]).find((found) => found !== undefined);
  if (load === undefined) throw new SetupError(`no pipeline of this worker works for the queue "${name}"`);
  return load();
}
