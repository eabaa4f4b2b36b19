import { describe, expect, test } from 'vitest';
import { checkSchedule, stubSchedule } from '../schedules.ts';

const withPayload = (payload: unknown) => ({ ...stubSchedule, payload });

describe('the hash of a payload', () => {
  test('is the same whatever the order of its keys', () => {
    const one = checkSchedule(withPayload({ b: { d: 1, c: [1, 2] }, a: 'é' }));
    const other = checkSchedule(withPayload({ a: 'é', b: { c: [1, 2], d: 1 } }));
    expect(one.json).toBe('{"a":"é","b":{"c":[1,2],"d":1}}');
    expect(other.hash).toBe(one.hash);
  });

  test('is of numbers as RFC 8785 writes them', () => {
    const { json } = checkSchedule(withPayload({ numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27] }));
    expect(json).toBe('{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}');
  });

  test('differs for another payload', () => {
    expect(checkSchedule(withPayload({ stub: false })).hash).not.toBe(checkSchedule(stubSchedule).hash);
  });
});

describe('a schedule', () => {
  test.each([0, -1, 1.5, Number.NaN, 2 ** 31])('of version %s is refused', (version) => {
    expect(() => checkSchedule({ ...stubSchedule, version })).toThrow(
      `its version is ${version}, and must be`,
    );
  });

  test.each([
    ['a list', [], 'is no JSON object'],
    ['a text', 'stub', 'is no JSON object'],
    ['nothing', null, 'is no JSON object'],
    ['a number that JSON has not', { at: Number.POSITIVE_INFINITY }, 'Infinity is not allowed'],
    ['half a letter', { name: '\ud800' }, 'Lone surrogate is not allowed'],
  ])('whose payload is or has %s is refused', (_, payload, message) => {
    expect(() => checkSchedule(withPayload(payload))).toThrow(message);
  });
});
