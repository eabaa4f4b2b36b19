import type { Pool } from '../platform/database.ts';
import { iso } from '../platform/database-types.ts';
import { burnRates, minutesOf, recentRates } from '../sql/history.ts';
import type { BurnRate, MinuteView, QueueView } from './views.ts';

/** How long minutes are kept. */
export const keptMinutes = 8 * 24 * 60;

interface MinuteRow extends Omit<MinuteView, 'at' | 'waitP50' | 'waitP95' | 'totalP95'> {
  at: Date;
  wait_p50: number | null;
  wait_p95: number | null;
  total_p95: number | null;
}

/** The last so many full minutes of a queue, oldest first, without those in which nothing happened. */
export async function readMinutes(pool: Pool, queue: string, minutes: number): Promise<MinuteView[]> {
  const { rows } = await pool.query<MinuteRow>(minutesOf, [queue, minutes]);
  return rows.map(({ at, wait_p50, wait_p95, total_p95, ...counts }) => ({
    at: iso(at),
    ...counts,
    waitP50: wait_p50,
    waitP95: wait_p95,
    totalP95: total_p95,
  }));
}

/** Jobs a minute over the last five full minutes, by queue; a queue that is not named had none. */
export async function readRates(pool: Pool): Promise<Map<string, NonNullable<QueueView['rates']>>> {
  const { rows } = await pool.query<NonNullable<QueueView['rates']> & { queue: string }>(recentRates);
  return new Map(rows.map(({ queue, ...rates }) => [queue, rates]));
}

/** How fast each objective is being used up, by queue, or of one queue. */
export async function readBurnRates(pool: Pool, queue?: string): Promise<BurnRate[]> {
  return (await pool.query<BurnRate>(burnRates, [queue ?? null])).rows;
}
