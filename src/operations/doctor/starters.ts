import { describeCopy, isInPlace, readIdentity } from '../../identity/database.ts';
import { taskQueueOwner } from '../../identity/task-queue-owner.ts';
import { connectedStarters, servedQueues } from '../../sql/status.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';
import { sqlOf, withColumns } from './queues.ts';

interface Served {
  queue: string;
  watched: boolean;
  rings: boolean;
}

/** Whether a starter is connected, and whether each queue has one that claims its jobs. */
export const starters: Check = {
  name: 'the starters',
  needs: ['queues'],
  async find({ pool, queues, settings }) {
    const { rows } = await pool.query<{ starter: string }>(connectedStarters);
    const served = new Map((await pool.query<Served>(servedQueues)).rows.map((row) => [row.queue, row]));
    const isWatched = [...served.values()].some(({ watched }) => watched);
    // A pooler hides the names of connections, but not who looks after the ends of jobs.
    if (rows.length === 0 && !isWatched)
      return [
        found(
          'NO_STARTER',
          'the starters',
          'no starter is connected: jobs wait, and how watched ones end is not noticed',
          'Run: switchyard start starter',
        ),
      ];
    return queues
      .filter(({ name, kind, attributes }) => {
        if (attributes.size === 0) return false; // a finding of its own
        const row = served.get(name);
        if (row === undefined) return kind === 'watched' || settings.doorbell === 'on';
        return !row.watched && !row.rings && settings.doorbell === 'on';
      })
      .map(({ name }) =>
        found(
          'QUEUE_NOT_SERVED',
          `queue ${name}`,
          `a starter is connected (${rows.map(({ starter }) => starter).join(', ')}), but none claims its jobs`,
          'Run a starter whose QUEUES name it, or of the application that defines it.',
        ),
      );
  },
};

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

/** Rows in flight whose time is over: nobody ends them. */
export const pastDeadline: Check = {
  name: 'jobs past their deadline',
  needs: ['queues'],
  async find({ pool, queues, limits }) {
    const findings = [];
    for (const queue of withColumns(queues, 'id', 'status', 'startedAt', 'deadline')) {
      const { table, c, s } = sqlOf(queue);
      const { rows } = await pool.query<{ id: string; since: string }>(
        `SELECT ${c.id}::text AS id, to_jsonb(${c.deadline}) #>> '{}' AS since
           FROM (SELECT * FROM ${table} WHERE ${c.status} = ${s.inFlight} ORDER BY ${c.startedAt} LIMIT 1000) AS oldest
          WHERE ${c.deadline} < clock_timestamp() - $1 * interval '1 millisecond'
          ORDER BY ${c.deadline}`,
        [limits.settledMs],
      );
      const first = rows[0];
      if (first !== undefined)
        findings.push(
          found(
            'PAST_DEADLINE',
            `queue ${queue.name}`,
            `${rows.length} of its jobs are in flight although their deadline is over, job ${first.id} since ${first.since}`,
            `See why nothing ends them: switchyard why ${first.id}; RECONCILER_… and NO_POLLER name the usual causes.`,
          ),
        );
    }
    return findings;
  },
};
