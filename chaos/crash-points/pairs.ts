import type { Crash, CrashRole, Interaction } from './doomed-process.ts';

const roles: readonly CrashRole[] = ['starter', 'worker'];
const sides = ['before', 'after'] as const;

/**
 * Pairs of crash points by chance, the same ones for the same seed: a second process dies while it takes up what the
 * first one left, or both roles die, each at a point of its own.
 */
export function randomPairs(
  count: number,
  seed: number,
  interactions: Readonly<Record<CrashRole, readonly Interaction[]>>,
): Crash[][] {
  const chance = generator(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(chance() * values.length)] as T;
  const point = (): Crash => {
    const role = pick(roles);
    return { role, ...pick(interactions[role]), side: pick(sides) };
  };
  return Array.from({ length: count }, () => [point(), point()]);
}

/** Mulberry32: numbers from 0 to 1 that a seed determines. https://github.com/cprosche/mulberry32 */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
