const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const units = [
  { seconds: 365 * day, name: 'y' },
  { seconds: 30 * day, name: 'mo' },
  { seconds: day, name: 'd' },
  { seconds: hour, name: 'h' },
  { seconds: minute, name: 'min' },
] as const;

/** "3 min ago", "in 2 h", "just now". */
export function relativeTime(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 5) return 'just now';
  const text = shortSpan(distance);
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

function shortSpan(seconds: number): string {
  const unit = units.find((candidate) => seconds >= candidate.seconds);
  if (unit === undefined) return `${seconds} s`;
  return `${Math.floor(seconds / unit.seconds)} ${unit.name}`;
}

/** "320 ms", "4.2 s", "3 min 5 s", "2 h 10 min", "5 d 3 h". */
export function durationText(seconds: number): string {
  if (seconds < 0.0005) return '0 s';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${(Math.round(seconds * 10) / 10).toString()} s`;
  const whole = Math.round(seconds);
  if (whole < minute) return `${whole} s`;
  if (whole < hour) return pair(whole, minute, 'min', 1, 's');
  if (whole < day) return pair(whole, hour, 'h', minute, 'min');
  return pair(whole, day, 'd', hour, 'h');
}

function pair(seconds: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % big) / small);
  const first = `${Math.floor(seconds / big)} ${bigName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

const exact = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'long',
});

/** The time in the user's time zone, which it names. */
export const exactTime = (at: number): string => exact.format(at);

const number = new Intl.NumberFormat('en-US');
export const countText = (count: number): string => number.format(count);

/** "1,234", or "100,000+" where counting ended there. */
export const countUpTo = (count: number, countedUpTo: number): string =>
  count >= countedUpTo ? `${countText(countedUpTo)}+` : countText(count);

/** "950", "12.3 k", "4.5 M": for small places. */
function shortCount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${(count / 1000).toFixed(count < 10_000 ? 1 : 0)} k`;
  return `${(count / 1_000_000).toFixed(count < 10_000_000 ? 1 : 0)} M`;
}

/** "10 k+" where counting ended there. */
export const shortCountUpTo = (count: number, countedUpTo: number): string =>
  shortCount(count) + (count >= countedUpTo ? '+' : '');

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`;
