import type { Settings } from '../platform/config.ts';
import { SetupError } from '../platform/errors.ts';
import { agentRunsQueue } from './agent-runs.ts';
import { buildsQueue } from './builds.ts';
import { captureSessionsQueue } from './capture-sessions.ts';
import type { QueueDefinition } from './definition.ts';
import { deploymentsQueue } from './deployments.ts';
import { invoicesQueue } from './invoices.ts';
import { redrivesQueue } from './redrives.ts';
import { uploadsQueue } from './uploads.ts';
import { webhooksQueue } from './webhooks.ts';

/** All queues there are. A new pipeline adds its line here. */
export function defineQueues(settings: Settings): QueueDefinition[] {
  return [
    invoicesQueue(settings),
    uploadsQueue(settings),
    captureSessionsQueue(settings),
    agentRunsQueue(settings),
    buildsQueue(settings),
    deploymentsQueue(settings),
    // These serve the others.
    webhooksQueue(settings),
    redrivesQueue(settings),
  ];
}

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
