import type { Finding } from '../views.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';
import { spanOf } from './duration.ts';
import { msOf } from './temporal-answers.ts';

const setClocks = 'Let all hosts take their time from the same source (NTP).';

/** How far the clock of this host is from that of Postgres. */
export const databaseClock: Check = {
  name: 'the clock of the database',
  needs: ['database'],
  async find({ pool, limits, now }) {
    const before = now();
    const { rows } = await pool.query<{ ms: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS ms',
    );
    const after = now();
    const ms = rows[0]?.ms ?? before;
    // The answer was made at some moment in between.
    const apart = Math.max(before - ms, ms - after);
    return apart > limits.clocksMs ? [apartBy('Postgres', apart, ms > after)] : [];
  },
};

const apartBy = (whose: string, ms: number, ahead: boolean): Finding =>
  found(
    'CLOCKS_APART',
    whose,
    `the clock of ${whose} is ${spanOf(ms)} ${ahead ? 'ahead of' : 'behind'} the clock of this host: deadlines and delays are off by as much`,
    setClocks,
  );

/** The same for Temporal, which tells no time of day: by the last polls of workers, which lie in the past. */
export const temporalClock: Check = {
  name: 'the clock of Temporal',
  needs: ['temporal'],
  async find({ client, settings, limits, now }) {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: settings.taskQueue },
      taskQueueType: 1,
    });
    const polls = (pollers ?? []).map(({ lastAccessTime }) => msOf(lastAccessTime));
    if (polls.length === 0) return [];
    const ahead = Math.max(...polls) - now();
    const behind = now() - Math.max(...polls) - forgottenMs;
    if (ahead > limits.clocksMs) return [apartBy('Temporal', ahead, true)];
    return behind > limits.clocksMs ? [apartBy('Temporal', behind, false)] : [];
  },
};

/** Temporal names no poller that polled longer ago. */
const forgottenMs = 5 * 60_000;
