import { Random } from '../random.ts';
import type { Crash, Interaction } from './doomed-process.ts';
import type { CrashRole } from './scenario.ts';

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
  const random = new Random(seed);
  const point = (): Crash => {
    const role = random.pick(roles);
    return { role, ...random.pick(interactions[role]), side: random.pick(sides) };
  };
  return Array.from({ length: count }, () => [point(), point()]);
}
