/** The value below which the part `q` (0 to 1) of the values lies, by the nearest rank. @throws for no values */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  if (value === undefined) throw new Error('there is nothing to take a quantile of');
  return value;
}

/** Of an even number of values the mean of the two in the middle. @throws for no values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  if (low === undefined || high === undefined) throw new Error('there is nothing to take a median of');
  return (low + high) / 2;
}

/** Pair by pair, each of one repetition: what drifts between repetitions drops out. */
export function pairwise(
  ours: readonly number[],
  base: readonly number[],
  combine: (ours: number, base: number) => number,
): number[] {
  if (ours.length !== base.length)
    throw new Error(`${ours.length} values cannot be paired with ${base.length}`);
  return ours.map((value, i) => combine(value, base[i] ?? Number.NaN));
}

export const ratios = (ours: readonly number[], base: readonly number[]): number[] =>
  pairwise(ours, base, (a, b) => a / b);

/** Milliseconds since 1970 with microseconds: comparable between the processes of one machine. */
export const wallClockMs = (): number => performance.timeOrigin + performance.now();
