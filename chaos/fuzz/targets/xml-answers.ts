import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { XmlCheck } from '../../../pipelines/invoices/xml.ts';
import { nothingOpen, type Target } from '../target.ts';
import { xmlDocument } from '../xml-documents.ts';

/** The verdict on a document that comes in these pieces. */
function verdictOn(pieces: readonly Uint8Array[]): string | undefined {
  const check = new XmlCheck();
  for (const piece of pieces) check.write(piece);
  return check.end();
}

/** The verdict of the parser alone on a text that is given whole. */
function isWellFormed(text: string): boolean {
  const parser = new SaxesParser();
  let elements = 0;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentagstart', () => {
    elements += 1;
  });
  try {
    parser.write(text).close();
    return elements > 0;
  } catch {
    return false;
  }
}

const cuts = fc.array(fc.nat({ max: 4_000 }), { maxLength: 6 });

export const xmlAnswers: Target = {
  name: 'xml-answers',
  about: 'the check of gateway answers: broken XML, wrong encodings, cut anywhere',
  cases: 30_000,
  shortCases: 500,
  open: async () => ({
    ...nothingOpen,
    property: fc.asyncProperty(xmlDocument, cuts, async ({ bytes, text }, places) => {
      const verdict = verdictOn([bytes]);
      const ends = [...places.filter((place) => place < bytes.length).sort((a, b) => a - b), bytes.length];
      const inPieces = verdictOn(ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)));
      equal(inPieces === undefined, verdict === undefined);
      if (text !== undefined) equal(verdict === undefined, isWellFormed(text));
      ok(verdict === undefined || (verdict.length <= 200 && verdict.isWellFormed()));
    }),
  }),
};
