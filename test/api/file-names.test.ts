import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resultFileName } from '../../pipelines/invoices/api/result-file-name.ts';
import { attachment, cleanFileName } from '../../pipelines/lib/file-names.ts';

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

describe('the name of a result', () => {
  test.each([
    ['Rechnung 7.PDF', 'Rechnung 7.xml'],
    ['noext', 'noext.xml'],
    ['a.pdf.pdf', 'a.pdf.xml'],
  ])('of %j is %j', (original, result) => {
    expect(resultFileName(original)).toBe(result);
  });

  test('is sent in ASCII and in full', () => {
    expect(attachment('Größe "7".xml')).toBe(
      `attachment; filename="Gr__e _7_.xml"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%227%22.xml`,
    );
  });

  test('stays one header of printable ASCII, whatever the original was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        expect(attachment(resultFileName(name))).toMatch(
          /^attachment; filename="[\x20\x21\x23-\x5b\x5d-\x7e]+"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+$/,
        );
      }),
    );
  });
});
