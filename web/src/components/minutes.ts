import type { MinuteView } from '../api/types.ts';

const minuteMs = 60_000;

/** The last minutes until now, one after the other; those in which nothing happened have none in the answer of the API. */
export function lastMinutes(known: readonly MinuteView[], count: number, now: number): MinuteView[] {
  const byTime = new Map(known.map((minute) => [Date.parse(minute.at), minute]));
  const last = Math.floor(now / minuteMs) * minuteMs;
  return Array.from({ length: count }, (_, index) => {
    const at = last - (count - 1 - index) * minuteMs;
    return byTime.get(at) ?? quiet(new Date(at).toISOString());
  });
}

const quiet = (at: string): MinuteView => ({
  at,
  inserted: 0,
  started: 0,
  complete: 0,
  failed: 0,
  canceled: 0,
  waitP50: null,
  waitP95: null,
  totalP95: null,
});
