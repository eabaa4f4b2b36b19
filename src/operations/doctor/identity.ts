import { describeCopy, isInPlace, readIdentity } from '../../identity/database.ts';
import { taskQueueOwner } from '../../identity/task-queue-owner.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';

/** Whether the database is where its identity belongs. */
export const identity: Check = {
  name: 'the identity of the database',
  needs: ['schema'],
  async find({ pool }) {
    const known = await readIdentity(pool);
    if (isInPlace(known)) return [];
    return [
      found(
        'DATABASE_IS_COPY',
        `database ${known.databaseName}`,
        describeCopy(known),
        'npm run identity -- keep, or -- new, as it says.',
      ),
    ];
  },
};

/** Whether the task queue in Temporal belongs to this database. */
export const taskQueueOwnership: Check = {
  name: 'the owner of the task queue',
  needs: ['schema', 'temporal'],
  async find({ pool, client, settings }) {
    const { id } = await readIdentity(pool);
    const owner = await taskQueueOwner(client, settings.taskQueue);
    if (owner === undefined || owner.id === id) return [];
    return [
      found(
        'TASK_QUEUE_TAKEN',
        `task queue ${settings.taskQueue}`,
        `it belongs to the database ${owner.id}, and this one is ${id}: no process of this one starts`,
        'Give this database a TASK_QUEUE or TEMPORAL_NAMESPACE of its own.',
      ),
    ];
  },
};
