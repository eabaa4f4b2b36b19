import type { Pool } from '../platform/database.ts';
import { type DatabaseTime, iso } from '../platform/database-types.ts';
import { connectedStarters, openPauses, servedQueues } from '../sql/status.ts';
import type { Pause } from './views.ts';

export interface PauseRow {
  scope: 'queue' | 'key' | 'system';
  queue: string | null;
  key: string | null;
  system: string | null;
  reason: string;
  paused_by: string;
  paused_at: DatabaseTime;
  automatic: boolean;
}

/** What starters say of a queue that they serve. */
export interface Served {
  queue: string;
  held_by: string | null;
  watched: boolean;
  rings: boolean;
}

/** The starters that are connected, and what they serve. */
export interface Starters {
  starters: string[];
  served: Served[];
}

export async function readStarters(pool: Pool): Promise<Starters> {
  const [served, starters] = await Promise.all([
    pool.query<Served>(servedQueues),
    pool.query<{ starter: string }>(connectedStarters),
  ]);
  return { served: served.rows, starters: starters.rows.map(({ starter }) => starter) };
}

/** What holds for queues, and who serves them, beside their own rows. */
export async function readAround(pool: Pool): Promise<Starters & { pauses: PauseRow[] }> {
  const [pauses, starters] = await Promise.all([pool.query<PauseRow>(openPauses), readStarters(pool)]);
  return { pauses: pauses.rows, ...starters };
}

/** Whether a starter serves the queue. One that was killed leaves its request to be woken: it counts while any starter is connected. */
export function starterOf({ served, starters }: Starters, name: string) {
  const found = served.find(({ queue }) => queue === name);
  const watchedBy = found?.watched === true ? found.held_by : null;
  return { served: found?.watched === true || (found?.rings === true && starters.length > 0), watchedBy };
}

export const pauseOf = (pause: PauseRow): Pause => ({
  scope: pause.scope,
  queue: pause.queue,
  key: pause.key,
  system: pause.system,
  reason: pause.reason,
  pausedBy: pause.paused_by,
  pausedAt: iso(pause.paused_at),
  automatic: pause.automatic,
});
