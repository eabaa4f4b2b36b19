import { connectedStarters, servedQueues } from '../../sql/status.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';

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
