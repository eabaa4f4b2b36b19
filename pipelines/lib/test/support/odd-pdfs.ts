import { deflateSync } from 'node:zlib';
import { rawPdf } from './pdfs.ts';

/** A PDF of one page that draws `content`, packed. */
function pagePdf(content: Buffer): Uint8Array {
  const packed = deflateSync(content).toString('latin1');
  return rawPdf([
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R' +
      '/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>',
    `<</Length ${packed.length}/Filter/FlateDecode>>\nstream\n${packed}\nendstream`,
  ]);
}

const slowPdfs = new Map<number, Uint8Array>();

/** Takes seconds to read, about one for a million steps; they draw nothing. Made once: that takes a second, too. */
export function slowPdf(steps = 8_000_000): Uint8Array {
  const pdf = slowPdfs.get(steps) ?? pagePdf(Buffer.from('1 0 0 1 0 0 cm\n'.repeat(steps)));
  slowPdfs.set(steps, pdf);
  return pdf;
}

/** Unpacks to far more than a small file promises, outside the heap. */
export const unpackingPdf = (): Uint8Array => pagePdf(Buffer.alloc(600_000_000, ' '));

/** Holds more text than fits into a heap of 64 MiB. */
export const wordyPdf = (): Uint8Array =>
  pagePdf(Buffer.from(`BT /F 10 Tf 50 800 Td\n${'(abcdefgh) Tj 0 -0.002 Td\n'.repeat(390_000)}ET`));

export const blankPdf = (): Uint8Array => pagePdf(Buffer.from('1 0 0 1 0 0 cm'));

export const pagelessPdf = (): Uint8Array =>
  rawPdf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[]/Count 0>>']);

/** Says that it opens only with a password. */
export const encryptedPdf = (): Uint8Array =>
  rawPdf(
    ['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[]/Count 0>>'],
    `/Encrypt<</Filter/Standard/V 1/R 2/P -1/O<${'41'.repeat(32)}>/U<${'42'.repeat(32)}>>>/ID[<00><00>]`,
  );
