import { describe, expect, test } from 'vitest';
import {
  countUpTo,
  durationText,
  plural,
  relativeTime,
  shortCountUpTo,
} from '../src/components/time-text.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

describe('a time beside now', () => {
  test.each([
    [2, 'just now'],
    [42, '42 s ago'],
    [180, '3 min ago'],
    [2 * 3600 + 60, '2 h ago'],
    [3 * 86_400, '3 d ago'],
    [70 * 86_400, '2 mo ago'],
    [-90, 'in 1 min'],
  ])('%d seconds before now is "%s"', (seconds, text) => {
    expect(relativeTime(now - seconds * 1000, now)).toBe(text);
  });
});

describe('a duration', () => {
  test.each([
    [0, '0 s'],
    [0.32, '320 ms'],
    [4.24, '4.2 s'],
    [59.7, '1 min'],
    [185, '3 min 5 s'],
    [7800, '2 h 10 min'],
    [86_400 * 5 + 3 * 3600, '5 d 3 h'],
  ])('of %d seconds is "%s"', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

test('counts say where counting ended', () => {
  expect(countUpTo(9_999, 10_000)).toBe('9,999');
  expect(countUpTo(10_000, 10_000)).toBe('10,000+');
});

test('counts are short in small places', () => {
  expect(
    [999, 1_200, 45_000, 9_900_000, 12_000_000].map((count) => shortCountUpTo(count, 12_000_000)),
  ).toEqual(['999', '1.2 k', '45 k', '9.9 M', '12 M+']);
});

test('words follow their number', () => {
  expect([plural(1, 'job'), plural(1_000, 'job')]).toEqual(['1 job', '1,000 jobs']);
});
