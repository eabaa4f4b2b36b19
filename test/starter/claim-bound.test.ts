import { describe, expect, test } from 'vitest';
import { ClaimBound } from '../../src/starter/claim-bound.ts';

describe('a claim begins', () => {
  test('at the very first row as long as full looks are fast', () => {
    const bound = new ClaimBound();
    bound.looked('a', 0.5, 1000);
    expect(bound.begin(1000)).toBeUndefined();
  });

  test('at the last claimed row while full looks are slow, for twenty times as long as one took', () => {
    const bound = new ClaimBound();
    bound.looked('a', 40, 1000);
    expect(bound.begin(1799)).toBe('a');
    expect(bound.begin(1800)).toBeUndefined();
  });

  test('where the last one ended', () => {
    const bound = new ClaimBound();
    bound.looked('a', 40, 1000);
    bound.moved('b');
    expect(bound.begin(1001)).toBe('b');
  });

  test('with a full look when the last one found nothing to begin at', () => {
    const bound = new ClaimBound();
    bound.looked(undefined, 40, 1000);
    expect(bound.begin(1001)).toBeUndefined();
  });
});
