import { type Pipeline, type QueueDefinition, SetupError, systemPipeline } from 'pg-switchyard';
import { agentRuns } from '../pipelines/agent-runs/index.ts';
import { builds } from '../pipelines/builds/index.ts';
import { captureSessions } from '../pipelines/capture-sessions/index.ts';
import { invoices } from '../pipelines/invoices/index.ts';
import { uploads } from '../pipelines/uploads/index.ts';
import type { Settings } from './settings.ts';

/** All pipelines there are. A new one adds its line here. */
export const definePipelines = (settings: Settings): Pipeline[] => [
  invoices(settings),
  uploads(settings),
  captureSessions(settings),
  agentRuns(settings),
  builds(settings),
  // It serves the others.
  systemPipeline(settings),
];

export const defineQueues = (settings: Settings): QueueDefinition[] =>
  definePipelines(settings).flatMap(({ queues }) => queues);

/**
 * The queues that this process claims from or works for: those that `QUEUES` names, and those that serve the others.
 * @throws {SetupError} for a name that is no queue's
 */
export function servedQueues(settings: Settings): QueueDefinition[] {
  const queues = defineQueues(settings);
  const switchable = queues.filter(({ always }) => always !== true).map(({ name }) => name);
  const unknown = settings.queues.find((name) => !switchable.includes(name));
  if (unknown !== undefined)
    throw new SetupError(`QUEUES names "${unknown}", which is no queue; there are ${switchable.join(', ')}`);
  const serves = ({ name, always }: QueueDefinition) => always === true || settings.queues.includes(name);
  return queues.filter(serves).map(({ after, ...queue }) => ({
    ...queue,
    ...(after !== undefined && serves(after) && { after }),
  }));
}
