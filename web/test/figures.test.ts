import { expect, test } from 'vitest';
import { linePath } from '../src/components/charts.tsx';
import { lastMinutes } from '../src/components/minutes.ts';
import { commonPart } from '../src/views/failures/common-part.ts';
import { limitsText, readLimits } from '../src/views/queue/limits.ts';

const none = { inFlight: null, inFlightPerKey: null, startsPerSecond: null, fair: null };

test('limits come back as they were shown', () => {
  const limits = { inFlight: 5, inFlightPerKey: null, startsPerSecond: 0.5, fair: false };
  expect(readLimits(limitsText(limits))).toEqual({ limits });
  expect(readLimits(limitsText(none))).toEqual({ limits: none });
});

test('a limit that is none is told by its field', () => {
  const read = readLimits({ inFlight: '-1', inFlightPerKey: '1.5', startsPerSecond: '0', fair: '' });
  expect(Object.keys('errors' in read ? read.errors : {})).toEqual([
    'inFlight',
    'inFlightPerKey',
    'startsPerSecond',
  ]);
});

test('jobs of a cause are found by the longest part that their messages share', () => {
  expect(commonPart('invoice N of N pages could not be read', 'invoice 4 of 7 pages could not be read')).toBe(
    'pages could not be read',
  );
  expect(commonPart('N N', '1 2')).toBe('');
  expect(commonPart('answered N: it is damaged (BROKEN)', 'answered 400: it is damaged (BROKEN)')).toBe(
    'it is damaged (BROKEN)',
  );
  expect(commonPart('no page of IDN', 'no page of ID7')).toBe('no page of ID');
});

test('minutes without a start leave a gap in the line', () => {
  const minute = (waitP50: number | null) => ({
    at: '',
    inserted: 0,
    started: 0,
    complete: 0,
    failed: 0,
    canceled: 0,
    waitP50,
    waitP95: null,
    totalP95: null,
  });
  const path = linePath([minute(1), minute(1), minute(null), minute(2)], 'waitP50', 10, 100, 2);
  expect(path.match(/M/g)).toHaveLength(2);
});

test('minutes in which nothing happened are filled in, up to now', () => {
  const at = '2026-03-01T08:01:00.000Z';
  const known = {
    at,
    inserted: 3,
    started: 0,
    complete: 0,
    failed: 0,
    canceled: 0,
    waitP50: null,
    waitP95: null,
    totalP95: null,
  };
  const minutes = lastMinutes([known], 3, Date.parse('2026-03-01T08:02:30Z'));
  expect(minutes.map((minute) => [minute.at.slice(11, 16), minute.inserted])).toEqual([
    ['08:00', 0],
    ['08:01', 3],
    ['08:02', 0],
  ]);
});
