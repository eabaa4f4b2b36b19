import fc from 'fast-check';
import { boundary, pdf } from '../../test/support/http.ts';

/** Pieces of which multipart is made, and of which anything else can be. */
const piece = fc.oneof(
  fc.constantFrom(
    '\r\n',
    '\r\n\r\n',
    '--',
    `--${boundary}`,
    `\r\n--${boundary}\r\n`,
    `\r\n--${boundary}--\r\n`,
    'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n',
    'Content-Disposition: form-data; name="mapping"\r\n',
    'Content-Disposition: form-data; name="__proto__"; filename="x"\r\n',
    'Content-Disposition: form-data\r\n',
    'Content-Disposition: attachment; filename="\u0000"\r\n',
    "Content-Disposition: form-data; name=file; filename*=UTF-8''%ff%00%zz\r\n",
    `Content-Disposition: form-data; ${'name="'.repeat(500)}\r\n`,
    `X: ${'y'.repeat(20_000)}\r\n`,
    'X: y\r\n'.repeat(3_000),
    'Content-Type: application/pdf\r\n',
    'Content-Type: application/json\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    ':::\r\n',
    pdf.toString('latin1'),
    'invoice',
    'x'.repeat(3_000),
    `\r\n--${boundary}\r\n\r\n`.repeat(200),
  ),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const part = (header: string, value: string) => `--${boundary}\r\n${header}\r\n\r\n${value}\r\n`;
const disposition = 'Content-Disposition: form-data';
/** A client's name of its file, as the bytes of a header. */
const fileName = fc
  .oneof(
    fc.constantFrom(
      ...[
        'a.pdf',
        '',
        '../../x.pdf',
        '/etc/passwd',
        'C:\\x.pdf',
        'a\u0000b',
        '\u202Efdp',
        '.',
        'x'.repeat(5_000),
      ],
    ),
    fc.string({ unit: 'binary', maxLength: 30 }).map((name) => name.replaceAll(/[\r\n"]/g, '')),
  )
  .map((name) => Buffer.from(name).toString('latin1'));
/** Whole parts, good and bad, so that what is wrong may also come where all was well so far. */
const wholePart = fc.oneof(
  fc
    .tuple(fileName, fc.constantFrom(pdf.toString('latin1'), pdf.toString('latin1'), 'no PDF', ''))
    .map(([name, content]) => part(`${disposition}; name="file"; filename="${name}"`, content)),
  fc
    .tuple(
      fc.constantFrom('mapping', 'priority', 'file', 'x', '__proto__'),
      fc.constantFrom('invoice', '5', '', '\u00ff', '../invoice', '2147483648', '-100'),
    )
    .map(([name, value]) => part(`${disposition}; name="${name}"`, value)),
);
const rarely = (what: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 1, arbitrary: what });

export const multipartGarbage: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.array(wholePart, { maxLength: 3 }),
    rarely(fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))),
    fc.constantFrom('', `--${boundary}--\r\n`),
  )
  .map(([parts, pieces, end]) => Buffer.from(parts.join('') + pieces + end, 'latin1'));
