import type { Pool } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { everyProblem } from './every-problem.ts';
import { verifyAccess, verifyRowSecurity } from './queues.ts';

/**
 * What a worker looks at once before it takes work: that it can see and change the rows of the queues that it serves, and that no
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
    ...served.map((queue) => () => verifyAccess(pool, queue)),
    ...others.map((queue) => () => verifyRowSecurity(pool, queue)),
  ]);
}
