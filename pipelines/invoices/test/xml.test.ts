import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { XmlCheck } from '../xml.ts';

function verdict(chunks: readonly Uint8Array[]): string | undefined {
  const check = new XmlCheck();
  for (const chunk of chunks) check.write(chunk);
  return check.end();
}

const bytes = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding);
const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>`;

const good: [string, Buffer][] = [
  ['a single element', bytes('<a/>')],
  ['a byte order mark', bytes('\ufeff<a/>')],
  ['letters of up to four bytes', bytes(`${declared('UTF-8')}<a ü="€">😀\r\n]]</a>`)],
  ['comments, instructions and CDATA', bytes('<!-- x --><a><?p q?><![CDATA[<&]]]]></a>\n<!-- y -->')],
  ['built-in and numeric entities', bytes('<a>&lt;&#x20AC;&amp;&#8364;</a>')],
  ['ISO 8859-1, declared', bytes(`${declared('ISO-8859-1')}<a>\u00fc</a>`, 'latin1')],
  [
    'a long declaration',
    bytes(`<?xml version="1.0"${' '.repeat(100)}encoding='latin1'?><a>\u00fc</a>`, 'latin1'),
  ],
  ['UTF-16 with its mark', bytes(`\ufeff${declared('UTF-16')}<a>ü😀</a>`, 'utf16le')],
];
const bad: [string, Buffer][] = [
  ['an empty answer', bytes('')],
  ['blanks alone', bytes(' \n')],
  ['a comment alone', bytes('<!-- a -->')],
  ['an element left open', bytes('<a><b></a>')],
  ['two roots', bytes('<a/><b/>')],
  ['text after the root', bytes('<a/>x')],
  ['an entity of its own', bytes('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')],
  ['the same attribute twice', bytes('<a b="1" b="2"/>')],
  ['a control character', bytes('<a>\u0001</a>')],
  ['bytes that are no UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xfc, 0x3c, 0x2f, 0x61, 0x3e])],
  ['half a letter at its end', Buffer.concat([bytes('<a/><!--'), Buffer.from([0xe2, 0x82])])],
  ['an unknown encoding', bytes(`${declared('klingon')}<a/>`)],
  ['the end of CDATA in text', bytes('<a>]]></a>')],
];

describe('well-formed', () => {
  test.each(good)('%s', (_, document) => {
    expect(verdict([document])).toBeUndefined();
  });
});

describe('not well-formed', () => {
  test.each(bad)('%s', (_, document) => {
    expect(verdict([document])).toEqual(expect.any(String));
  });
});

test('how a document is cut into chunks never changes the verdict', () => {
  const documents = [...good, ...bad].map(([, document]) => document);
  const cutAnywhere = fc.constantFrom(...documents).chain((document) =>
    fc.record({
      document: fc.constant(document),
      cuts: fc.array(fc.nat({ max: document.length }), { maxLength: 8 }),
    }),
  );
  fc.assert(
    fc.property(cutAnywhere, ({ document, cuts }) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), document.length];
      const chunks = places.slice(1).map((end, i) => document.subarray(places[i], end));
      expect(verdict(chunks)).toBe(verdict([document]));
    }),
    { numRuns: 1000 },
  );
});

test.each([...good, ...bad])('byte by byte, %s gets the same verdict', (_, document) => {
  expect(verdict([...document].map((byte) => Uint8Array.of(byte)))).toBe(verdict([document]));
});
