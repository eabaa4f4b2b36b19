import { connectedStarters } from '../../sql/status.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';
import { isUnserved, readServed } from './off.ts';

/** Whether a starter is connected, and whether each queue has one that claims its jobs. */
export const starters: Check = {
  name: 'the starters',
  needs: ['queues'],
  async find({ pool, queues, queuesOff, settings }) {
    const { rows } = await pool.query<{ starter: string }>(connectedStarters);
    const served = await readServed(pool);
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
    const doorbell = settings.doorbell === 'on';
    const off = await queuesOff();
    const unserved = queues
      .filter((queue) => !off.has(queue.name) && isUnserved(queue, served, doorbell))
      .map(({ name }) =>
        found(
          'QUEUE_NOT_SERVED',
          `queue ${name}`,
          `a starter is connected (${rows.map(({ starter }) => starter).join(', ')}), but none claims its jobs`,
          'Run a starter whose QUEUES name it, or of the application that defines it.',
        ),
      );
    if (off.size === 0) return unserved;
    const text = `no starter serves ${[...off].join(', ')}, and they have no jobs that wait`;
    return [
      ...unserved,
      found('QUEUES_OFF', 'queues', text, 'If they should be served, name them in QUEUES.'),
    ];
  },
};
