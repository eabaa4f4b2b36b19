import type { Finding } from '../views.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';
import { type InspectedQueue, sqlOf, withColumns } from './queues.ts';

/** Rows in flight whose time is over: nobody ends them. */
export const pastDeadline: Check = {
  name: 'jobs past their deadline',
  needs: ['queues'],
  async find({ pool, queues, limits }) {
    const findings: Finding[] = [];
    for (const queue of withColumns(queues, 'id', 'status', 'startedAt', 'deadline')) {
      const { rows } = await pool.query<{ id: string; since: string }>(lateQuery(queue), [limits.settledMs]);
      const [first] = rows;
      if (first !== undefined) findings.push(late(queue, rows.length, first));
    }
    return findings;
  },
};

const late = (
  { name }: InspectedQueue,
  jobs: number,
  { id, since }: { id: string; since: string },
): Finding =>
  found(
    'PAST_DEADLINE',
    `queue ${name}`,
    `${jobs} of its jobs are in flight although their deadline is over, job ${id} since ${since}`,
    `See why nothing ends them: switchyard why ${id}. RECONCILER_MISSING, RECONCILER_FAILS, NO_POLLER and NO_STARTER are the usual causes.`,
  );

/** $1 milliseconds. Of the thousand rows that are longest in flight. */
function lateQuery(queue: InspectedQueue): string {
  const { table, c, s } = sqlOf(queue);
  return `
    SELECT ${c.id}::text AS id, to_jsonb(${c.deadline}) #>> '{}' AS since
      FROM (SELECT ${c.id}, ${c.deadline} FROM ${table} WHERE ${c.status} = ${s.inFlight} ORDER BY ${c.startedAt} LIMIT 1000) AS oldest
     WHERE ${c.deadline} < clock_timestamp() - $1 * interval '1 millisecond'
     ORDER BY ${c.deadline}`;
}
