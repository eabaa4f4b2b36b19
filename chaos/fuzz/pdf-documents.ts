import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { rawPdf, streamObject } from '../../pipelines/lib/test/support/pdfs.ts';

/** Objects as pdf.js may meet them: references in circles, wrong kinds, lengths that lie. */
const thing = fc.constantFrom(
  ...[
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Catalog/Pages 1 0 R>>',
    '<</Type/Pages/Kids[2 0 R]/Count 1>>',
  ],
  ...[
    '<</Type/Pages/Kids[3 0 R]/Count 1/Parent 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R 3 0 R 2 0 R]/Count 99999999>>',
  ],
  ...['<</Type/Pages/Kids[]/Count -1>>', '<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 1e9 -1]>>'],
  ...[
    '<</Type/Page/Parent 3 0 R/Contents[4 0 R 4 0 R 5 0 R]/Resources 3 0 R/Rotate 45>>',
    '4 0 R',
    '5 0 R',
    'null',
    '[1 0 R]',
  ],
  ...[
    '['.repeat(2_000),
    `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
    `${'<</A'.repeat(1_000)} 1${'>>'.repeat(1_000)}`,
  ],
  ...[
    '<</Length 5 0 R>>\nstream\nBT ET\nendstream',
    '<</Length -1>>\nstream\nx\nendstream',
    '<</Length 99999999>>\nstream\n',
  ],
  ...[
    '(unended',
    '<414',
    '/Name#',
    '9'.repeat(400),
    '<</Type/ObjStm/N 99999/First 99999999/Length 0>>\nstream\n\nendstream',
  ],
  ...[
    '<</Type/Font/Subtype/Type0/DescendantFonts[5 0 R]/ToUnicode 4 0 R/Encoding/Identity-H>>',
    '<</F 5 0 R/EF<</F 4 0 R>>>>',
  ],
);
const operator = fc.constantFrom(
  ...[
    'BT',
    'ET',
    'q',
    'Q',
    '/F 10 Tf',
    '50 800 Td',
    '(Invoice 7) Tj',
    '[(Total) -9e9 (1,00)] TJ',
    '1e308 0 0 1e308 0 0 cm',
  ],
  ...[
    '/X Do',
    'BI /W 1 ID x EI',
    '<</A',
    ']',
    '0 0 0 0 0 0 Tm',
    '-1 Tz',
    '/F -5 Tf',
    'NaN Td',
    '"',
    "'",
    'BMC',
    'EMC',
  ],
);
const content = fc.array(operator, { maxLength: 60 }).map((all) => all.join('\n'));
const stream = fc.tuple(content, fc.constantFrom(0, 1, 2)).map(([text, times]) => {
  let packed = Buffer.from(text);
  for (let i = 0; i < times; i += 1) packed = deflateSync(packed);
  const filters = '/FlateDecode'.repeat(times);
  const head = `<</Length ${packed.length}/Filter[${filters}]/Type/XObject/Subtype/Form/Resources<</XObject<</X 4 0 R>>>>>>`;
  return times === 0 ? streamObject(text) : `${head}\nstream\n${packed.toString('latin1')}\nendstream`;
});
const font = '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>';
const page = `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F ${font}>>/XObject<</X 4 0 R>>>>>>`;
const trailer = fc.constantFrom(
  '',
  '/Prev 9',
  '/Prev 0/XRefStm 9',
  '/Encrypt 4 0 R',
  '/Info 1 0 R/Root 4 0 R',
  '/Size -1',
);
const built = fc
  .tuple(
    fc.oneof(fc.constant('<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 5 0 R>>>>'), thing),
    fc.oneof(fc.constant('<</Type/Pages/Kids[3 0 R]/Count 1>>'), thing),
    fc.oneof({ weight: 3, arbitrary: fc.constant(page) }, { weight: 1, arbitrary: thing }),
    fc.oneof({ weight: 3, arbitrary: stream }, { weight: 1, arbitrary: thing }),
    thing,
    trailer,
  )
  .map(([a, b, c, d, e, end]) => rawPdf([a, b, c, d, e], end));

/** What is done to a file that was good. */
const change = fc.tuple(
  fc.constantFrom('flip', 'cut', 'zero', 'double', 'swap', 'digits'),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.integer({ min: 1, max: 255 }),
);

function changed(bytes: Buffer, [how, where, what]: [string, number, number]): Buffer {
  const at = Math.min(Math.floor(where * bytes.length), bytes.length - 1);
  const to = Math.min(at + what * 8, bytes.length);
  if (how === 'cut') return bytes.subarray(0, at);
  if (how === 'double') return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
  const copy = Buffer.from(bytes);
  if (how === 'flip') copy[at] = (copy[at] ?? 0) ^ what;
  if (how === 'zero') copy.fill(0, at, to);
  if (how === 'swap') copy.copyWithin(at, 0, what * 4);
  if (how === 'digits') copy.fill(0x30 + (what % 10), at, Math.min(at + 4, bytes.length));
  return copy;
}

/** PDFs that are built to be wrong, good ones that were damaged, and some that were left as they are. */
export const pdfDocument = (good: readonly Buffer[]): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 3, arbitrary: built.map((bytes) => Buffer.from(bytes)) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...good), fc.array(change, { maxLength: 6 }))
        .map(([bytes, changes]) =>
          changes.reduce((sofar, one) => (sofar.length > 0 ? changed(sofar, one) : sofar), bytes),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 500 })
        .map((any) => Buffer.concat([Buffer.from('%PDF-1.7\n'), any])),
    },
  );
