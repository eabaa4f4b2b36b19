import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attachment } from '../../../lib/file-names.ts';
import { resultFileName } from '../../api/result-file-name.ts';

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
