import type { Limits } from '../operations/views.ts';
import { textTable } from '../platform/text-table.ts';
import { bold } from './paint.ts';
import { visible } from './visible.ts';

const rows = [
  ['in flight', 'inFlight'],
  ['of each key', 'inFlightPerKey'],
  ['starts a second', 'startsPerSecond'],
  ['keys take turns', 'fair'],
] as const;

/** The limits of a queue, and of its keys. */
export interface ShownLimits {
  queue: string;
  /** What was set. */
  limits: Limits;
  /** What holds. */
  inForce: Limits;
  keys: { key: string; inFlight: number }[];
}

export function limitsText({ limits, inForce, keys }: ShownLimits): string {
  const table = textTable([
    ['limit', 'set', 'holds'].map(bold),
    ...rows.map(([name, field]) => [name, word(limits[field]), word(inForce[field])]),
  ]);
  if (keys.length === 0) return table;
  const ofKeys = textTable([
    ['key', 'in flight'].map(bold),
    ...keys.map(({ key, inFlight }) => [visible(key), String(inFlight)]),
  ]);
  return [table, '', ofKeys].join('\n');
}

const word = (value: number | boolean | null): string => {
  if (value === null) return 'none';
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
};
