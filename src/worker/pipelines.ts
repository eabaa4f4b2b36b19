import type { CreateActivities, OnWorkerStart, PipelineDeps } from '../activities/pipelines/pipeline.ts';
import type { QueueDefinition } from '../queues/definition.ts';

/** The activities of all served queues that share a task queue of Temporal's. */
export interface Work {
  activities: object;
  /** How many of them at once, where a queue says so itself. */
  slots: number | undefined;
  /** What its pipelines want to be called for when the worker begins; each answers what to call at its end. */
  onStart: readonly (() => ReturnType<OnWorkerStart>)[];
}

interface PipelineModule {
  createActivities: CreateActivities;
  onWorkerStart?: OnWorkerStart;
}

/** Loads the pipelines of the queues that this worker serves. Answers their work by the task queue it comes on. */
export async function loadPipelines(
  served: readonly QueueDefinition[],
  deps: Omit<PipelineDeps, 'queue'>,
): Promise<Map<string, Work>> {
  const works = new Map<string, Work>();
  for (const queue of served) {
    const taskQueue = queue.workTaskQueue ?? queue.taskQueue;
    const shared = works.get(taskQueue);
    const own = { ...deps, queue };
    const { createActivities, onWorkerStart } = await pipelineOf(queue);
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

async function pipelineOf({ name }: QueueDefinition): Promise<PipelineModule> {
  const module: Partial<PipelineModule> = await import(`../activities/pipelines/${name}.ts`);
  const { createActivities, ...others } = module;
  if (createActivities === undefined)
    throw new Error(`src/activities/pipelines/${name}.ts exports no createActivities`);
  return { ...others, createActivities };
}
