import { runWorker } from 'pg-switchyard/worker';
import type { ServerContext } from '../process.ts';
import { definePipelines, defineQueues, servedQueues } from '../queues.ts';
import { workflowSources } from '../workflow-sources.ts';

export const worker = (context: ServerContext): Promise<void> =>
  runWorker(context, {
    queues: defineQueues(context.settings),
    served: servedQueues(context.settings),
    pipelines: definePipelines(context.settings),
    workflows: workflowSources,
  });
