import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Position, readPosition } from '../../../src/api/live/position.ts';

/** Ids in the order in which they become visible, cut into looks. */
const looks = fc
  .uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 })
  .chain((ids) =>
    fc.tuple(fc.constant(ids), fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 30, maxLength: 30 })),
  )
  .map(([ids, sizes]) => {
    const cut: number[][] = [];
    for (const size of sizes) cut.push(ids.splice(0, size).toSorted((a, b) => a - b));
    return cut.filter((look) => look.length > 0);
  });

const walk = (cut: readonly number[][]) => {
  const positions = [Position.after(0)];
  for (const ids of cut) positions.push((positions.at(-1) ?? Position.after(0)).with(ids));
  return positions;
};

const seenBy = (position: Position) =>
  Array.from({ length: 60 }, (_, i) => i + 1).filter((id) => position.has(id));

describe('a position', () => {
  test('has seen what it was told, whatever the order', () => {
    fc.assert(
      fc.property(looks, (cut) => {
        const last = walk(cut).at(-1) ?? Position.after(0);
        expect(seenBy(last)).toEqual(cut.flat().toSorted((a, b) => a - b));
      }),
    );
  });

  test('survives being written down', () => {
    fc.assert(
      fc.property(looks, (cut) => {
        const last = walk(cut).at(-1) ?? Position.after(0);
        expect(seenBy(readPosition(String(last)) ?? Position.after(0))).toEqual(seenBy(last));
      }),
    );
  });

  test('after any event of a look has seen those of the look up to it, and all before', () => {
    fc.assert(
      fc.property(looks, (cut) => {
        const positions = walk(cut);
        for (const [i, ids] of cut.entries()) {
          const [from, to] = [positions[i] ?? Position.after(0), positions[i + 1] ?? Position.after(0)];
          for (const id of ids) {
            const expected = [...cut.slice(0, i).flat(), ...ids.filter((other) => other <= id)];
            expect(seenBy(from.towards(to, id))).toEqual(expected.toSorted((a, b) => a - b));
          }
        }
      }),
    );
  });

  test('knows what it misses of another, and what both have seen', () => {
    fc.assert(
      fc.property(looks, looks, (ones, others) => {
        const one = walk(ones).at(-1) ?? Position.after(0);
        const other = walk(others).at(-1) ?? Position.after(0);
        const missing = one
          .missing(other)
          .flatMap(({ first, last }) => seenBy(other).filter((id) => first <= id && id <= last));
        expect(missing).toEqual(seenBy(other).filter((id) => !one.has(id)));
        const both = new Set([...seenBy(one), ...seenBy(other)]);
        expect(seenBy(one.and(other))).toEqual([...both].toSorted((a, b) => a - b));
      }),
    );
  });

  test.each(['', 'x', '-1', '5.', '5.7', '5.3.2', '5.3-2', '5.0', '5.1-9', '1e3', `9${'.1'.repeat(600)}`])(
    'is not read from %j',
    (text) => {
      expect(readPosition(text)).toBeUndefined();
    },
  );
});
