import { readDefinitions } from '../registry/noted-definitions.ts';
import type { Definitions } from './queue-view.ts';
import type { Db } from './registered-queue.ts';

/** What starters wrote down of the queues of applications, for a process that does not have their code. */
export async function readKnownDefinitions(db: Db): Promise<Definitions> {
  const definitions = await readDefinitions(db);
  return new Map(
    definitions.map(({ name, needs, workflowType, taskQueue, maxInFlight, fair, key }) => [
      name,
      {
        needs,
        workflow: workflowType,
        taskQueue,
        maxInFlight,
        maxInFlightPerKey: key?.maxInFlight ?? null,
        fair,
      },
    ]),
  );
}
