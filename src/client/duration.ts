const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const week = 7 * day;
const year = 365.25 * day;

const unitMs = {
  ...{ ms: 1, msec: 1, msecs: 1, millisecond: 1, milliseconds: 1 },
  ...{ s: second, sec: second, secs: second, second, seconds: second },
  ...{ m: minute, min: minute, mins: minute, minute, minutes: minute },
  ...{ h: hour, hr: hour, hrs: hour, hour, hours: hour },
  ...{ d: day, day, days: day, w: week, week, weeks: week },
  ...{ y: year, yr: year, yrs: year, year, years: year },
};

/** Milliseconds, or a text as Temporal's SDK takes it: `30s`, `2 hours`. */
export type Duration = number | `${number}${'' | ' '}${keyof typeof unitMs}`;

/** Its milliseconds; undefined when it is none. */
export function durationMs(duration: unknown): number | undefined {
  if (typeof duration === 'number') return Number.isFinite(duration) ? duration : undefined;
  if (typeof duration !== 'string') return undefined;
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?|\.\d+) ?([a-z]+)$/.exec(duration) ?? [];
  return Object.hasOwn(unitMs, unit) ? Number(count) * unitMs[unit as keyof typeof unitMs] : undefined;
}

/** As Postgres reads an interval, in the largest unit of which it is a whole number. */
export function intervalText(ms: number): string {
  const units = ['days', 'hours', 'minutes', 'seconds'] as const;
  const unit = units.find((candidate) => ms % unitMs[candidate] === 0) ?? 'milliseconds';
  return `${ms / unitMs[unit]} ${unit}`;
}
