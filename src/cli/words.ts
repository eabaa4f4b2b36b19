const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** For how long, roughly: `3 h`. Nothing for null. */
export function age(seconds: number | null): string {
  if (seconds === null) return '';
  const [unit, size] = units.find(([, least]) => seconds >= 2 * least) ?? ['s', 1];
  return `${Math.max(0, Math.floor(seconds / size))} ${unit}`;
}

/** A number as people read it; `other` where there is none, `10000+` where no more were counted. */
export function numberOr(
  number: number | null | undefined,
  other: string,
  most = Number.POSITIVE_INFINITY,
): string {
  if (number === null || number === undefined) return other;
  if (number >= most) return `${most}+`;
  return Number.isInteger(number) ? String(number) : number.toPrecision(2);
}
