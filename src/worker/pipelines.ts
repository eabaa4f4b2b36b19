import { createJobActivities } from '../activities/jobs.ts';
import type { CreateActivities, PipelineDeps } from '../activities/pipelines/pipeline.ts';
import type { QueueDefinition } from '../queues/definition.ts';

/** The part of a worker for one task queue of Temporal: the activities of all queues that share it. */
export interface TaskQueueWork {
  taskQueue: string;
  activities: object;
  /** How many activities at once, where the queues say so themselves. */
  slots: number | undefined;
}

/** Loads the pipelines of the queues that this worker serves. */
export async function loadPipelines(
  served: readonly QueueDefinition[],
  deps: Omit<PipelineDeps, 'queue' | 'jobs'>,
): Promise<TaskQueueWork[]> {
  const { settings, queues } = deps;
  const jobs = createJobActivities({ ...deps, queues, workerId: settings.workerId });
  const work = new Map<string, TaskQueueWork>();
  for (const queue of served) {
    const { taskQueue } = queue;
    const { activities, slots } = work.get(taskQueue) ?? {
      activities: { endJob: jobs.endJob },
      slots: undefined,
    };
    const own = await (await pipelineOf(queue))({ ...deps, queue, jobs });
    work.set(taskQueue, {
      taskQueue,
      activities: { ...activities, ...own },
      slots: queue.workerSlots ?? slots,
    });
  }
  return [...work.values()];
}

async function pipelineOf({ name }: QueueDefinition): Promise<CreateActivities> {
  const module: { createActivities?: CreateActivities } = await import(`../activities/pipelines/${name}.ts`);
  if (module.createActivities === undefined)
    throw new Error(`src/activities/pipelines/${name}.ts exports no createActivities`);
  return module.createActivities;
}
