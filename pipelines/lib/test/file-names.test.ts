import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanFileName } from '../file-names.ts';

describe('a cleaned file name', () => {
  test('is never empty, never over 200 characters, and has no folder, control or direction mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const clean = cleanFileName(name);
        expect(clean).not.toBe('');
        expect([...clean].length).toBeLessThanOrEqual(200);
        expect(clean).not.toMatch(/[\p{Cc}/\\\u202a-\u202e\u2066-\u2069]/u);
        expect(['.', '..']).not.toContain(clean);
        expect(clean.isWellFormed()).toBe(true);
        expect(cleanFileName(clean)).toBe(clean);
      }),
    );
  });
});

test('a name that is cut in the middle of blanks does not end in them', () => {
  expect(cleanFileName(`a${' '.repeat(300)}b`)).toBe('a');
});

test('a name of which nothing but dots is left when it is cut is none', () => {
  expect(cleanFileName(`..${' '.repeat(300)}b`)).toBe('document.pdf');
});
