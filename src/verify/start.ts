import type { Pool } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { watchedSchema } from '../queues/watched.ts';
import { everyProblem } from './every-problem.ts';
import { verifyAccess, verifyQueue, verifyRowSecurity } from './queues.ts';
import { verifyRights } from './rights.ts';

/**
 * What a starter checks once before it claims.
 * @throws {SetupError} that lists all that is in the way
 */
export const verifyStarter = (pool: Pool, queues: readonly QueueDefinition[]): Promise<void> =>
  everyProblem([
    () => verifyRights(pool, 'switchyard_starter', { schemas: schemasOf(queues), jobTables: false }),
    ...queues.map((queue) => () => verifyQueue(pool, queue)),
  ]);

/**
 * What a worker checks once before it takes work: that it can see and change the rows of the queues that it serves, and that no
 * policy hides rows of the others, whose ends it writes and which it reconciles. A row that is hidden would look as if it were gone.
 * @throws {SetupError} that lists all that is in the way
 */
export function verifyWorker(
  pool: Pool,
  { served, all }: { served: readonly QueueDefinition[]; all: readonly QueueDefinition[] },
): Promise<void> {
  const names = new Set(served.map(({ name }) => name));
  const others = all.filter(({ name }) => !names.has(name));
  return everyProblem([
    () => verifyRights(pool, 'switchyard_worker', { schemas: schemasOf(served), jobTables: false }),
    ...served.map((queue) => () => verifyAccess(pool, queue)),
    ...others.map((queue) => () => verifyRowSecurity(pool, queue)),
  ]);
}

/**
 * What the API checks once before it listens: it shows and controls all queues.
 * @throws {SetupError} that lists all rights that it lacks
 */
export const verifyApi = (pool: Pool, queues: readonly QueueDefinition[]): Promise<void> =>
  verifyRights(pool, 'switchyard_api', { schemas: schemasOf(queues), jobTables: true });

/** Ours, also where no watched queue is served yet, and those of the job tables. */
const schemasOf = (queues: readonly QueueDefinition[]): string[] => [
  'switchyard',
  watchedSchema,
  ...queues.map(({ table }) => (table.includes('.') ? (table.split('.')[0] ?? '') : 'public')),
];
