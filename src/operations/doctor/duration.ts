const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A span of time as people say it, in its largest unit: `5 min`, `3 d`. */
export function spanOf(ms: number): string {
  const [unit, length] = units.find(([, length]) => ms >= length) ?? ['ms', 1];
  return `${Math.floor(ms / length)} ${unit}`;
}
