import { createJobActivities } from '../activities/jobs.ts';
import type { CreateActivities, PipelineDeps } from '../activities/pipelines/pipeline.ts';
import type { QueueDefinition } from '../queues/definition.ts';

/** The activities of all served queues that share a task queue of Temporal's. */
export interface Work {
  activities: object;
  /** How many of them at once, where a queue says so itself. */
  slots: number | undefined;
}

/** Loads the pipelines of the queues that this worker serves. Answers their work by the task queue it comes on. */
export async function loadPipelines(
  served: readonly QueueDefinition[],
  deps: Omit<PipelineDeps, 'queue' | 'jobs'>,
): Promise<Map<string, Work>> {
  const jobs = createJobActivities({ ...deps, workerId: deps.settings.workerId });
  const works = new Map<string, Work>();
  for (const queue of served) {
    const taskQueue = queue.workTaskQueue ?? queue.taskQueue;
    const shared = works.get(taskQueue);
    const own = await (await pipelineOf(queue))({ ...deps, queue, jobs });
    works.set(taskQueue, {
      activities: { endJob: jobs.endJob, answerJob: jobs.answerJob, ...shared?.activities, ...own },
      slots: queue.workerSlots ?? shared?.slots,
    });
  }
  return works;
}

async function pipelineOf({ name }: QueueDefinition): Promise<CreateActivities> {
  const module: { createActivities?: CreateActivities } = await import(`../activities/pipelines/${name}.ts`);
  if (module.createActivities === undefined)
    throw new Error(`src/activities/pipelines/${name}.ts exports no createActivities`);
  return module.createActivities;
}
