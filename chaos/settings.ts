import { defineQueues } from '../server/queues.ts';
import { loadSettings } from '../server/settings.ts';
import type { QueueDefinition } from '../src/queues/definition.ts';

/**
 * Of all roles. Short times, so that a run of a minute sees the end of waits; enough tries to outlive most faults; and few
 * processes at once for two cores.
 */
export const settings = {
  GATEWAY_TIMEOUT: '5000',
  GATEWAY_MAX_ATTEMPTS: '10',
  GATEWAY_RETRY_INITIAL_INTERVAL: '200',
  GATEWAY_RETRY_MAX_INTERVAL: '3000',
  POLL_INTERVAL: '1000',
  MAX_IN_FLIGHT: '40',
  RECONCILE_INTERVAL: '5000',
  LOST_TASK_AFTER: '30000',
  GATEWAY_BREAKER_WINDOW: '5000',
  GATEWAY_PROBE_INTERVAL: '2000',
  GATEWAY_MAX_WAIT: '120000',
  S3_MAX_WAIT: '120000',
  SIMULATED_WORK_SECONDS: '1',
  BUILD_CONCURRENCY: '2',
  CONCURRENCY: '2',
  AGENT_MAX_IN_FLIGHT: '4',
  AGENT_INPUT_TIMEOUT: '10000',
};

const definitions = defineQueues(loadSettings(settings));

/** A queue as the roles of a run know it, apart from its folders. */
export function definitionOf(name: string): QueueDefinition {
  const found = definitions.find((queue) => queue.name === name);
  if (found === undefined) throw new Error(`there is no queue "${name}"`);
  return found;
}
