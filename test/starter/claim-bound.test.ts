import { describe, expect, test } from 'vitest';
import { ClaimBound } from '../../src/starter/claim-bound.ts';

describe('a claim begins', () => {
  test('at the very first row as long as full scans are fast', () => {
    const bound = new ClaimBound();
    bound.scanned('a', 0.5, 1000);
    expect(bound.begin(1000)).toBeUndefined();
  });

  test('at the last claimed row while full scans are slow, for twenty times as long as one took', () => {
    const bound = new ClaimBound();
    bound.scanned('a', 40, 1000);
    expect(bound.begin(1799)).toBe('a');
    expect(bound.begin(1800)).toBeUndefined();
  });

  test('where the last one ended', () => {
    const bound = new ClaimBound();
    bound.scanned('a', 40, 1000);
    bound.moved('b');
    expect(bound.begin(1001)).toBe('b');
  });

  test('with a full scan when the last one found nothing to begin at', () => {
    const bound = new ClaimBound();
    bound.scanned(undefined, 40, 1000);
    expect(bound.begin(1001)).toBeUndefined();
  });
});
