import { SetupError } from '../../src/platform/errors.ts';
import type { Load } from '../load.ts';
import { agentRuns } from './agent-runs.ts';
import { builds } from './builds.ts';
import { captureSessions } from './capture-sessions.ts';
import { deployments } from './deployments.ts';
import { invoices } from './invoices.ts';
import { uploads } from './uploads.ts';
import { ordersInGo, ordersInTypescript } from './watched.ts';

/** All there are. A new pipeline adds its line here. */
const loads: readonly Load[] = [
  invoices,
  uploads,
  captureSessions,
  builds,
  deployments,
  agentRuns,
  ordersInTypescript,
  ordersInGo,
];

export const loadNames: readonly string[] = loads.map(({ queue }) => queue.name);

/**
 * Those with these names, and those that their jobs need before them.
 * @throws {SetupError} for a name that is none
 */
export function chooseLoads(names: readonly string[]): Load[] {
  const unknown = names.find((name) => !loadNames.includes(name));
  if (unknown !== undefined)
    throw new SetupError(`--queues: there is no load for "${unknown}"; there are ${loadNames.join(', ')}`);
  const needed = loads.flatMap(({ queue, after }) => (names.includes(queue.name) && after ? [after] : []));
  return loads.filter(({ queue }) => [...names, ...needed].includes(queue.name));
}
