import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { Worker } from 'tesseract.js';
import { PdfProblem } from '../../../lib/pdf/pdf.ts';
import { groupLines, type TextPage } from '../text.ts';
import { type RecognizedWord, recognizeWords } from './engine.ts';
import { mergeReadings, type SureItem } from './merge-readings.ts';
import { drawPage, openForDrawing, type PageImage } from './render.ts';

/** Each page takes seconds; an invoice of more pages is no scan that somebody waits for. */
const mostPages = 20;
/** In dots per inch; what the engine misreads at one it mostly reads at the other. */
const sizes = [300, 200] as const;
/** A word of less confidence is left out: a false value is worse than none. */
const leastConfidence = 0.5;
/** An amount may be less sure: the reader checks it by the other amounts. */
const leastOfAmounts = 0.3;
const amount = /^\p{Sc}?-?\d{1,3}(?:[.,'’]?\d{3})*[.,]\d{2}\p{Sc}?$|^\p{Sc}$/u;
/** A page whose words have less on average may lie on its side or head. */
const uprightConfidence = 0.7;
const quarterTurns = [180, 90, 270] as const;

/**
 * The text of pages that are images, in lines, each word with its confidence. A page that makes no sense upright is tried turned. The
 * bytes are handed over.
 * @throws {PdfProblem}
 */
export async function recognizePages(engine: Worker, bytes: Uint8Array): Promise<TextPage[]> {
  const pdf = await openForDrawing(bytes);
  try {
    if (pdf.numPages > mostPages) {
      const detail = `The PDF has ${pdf.numPages} pages that are images; the text of at most ${mostPages} is recognized.`;
      throw new PdfProblem('TOO_COMPLEX', detail);
    }
    const pages: TextPage[] = [];
    for (let number = 1; number <= pdf.numPages; number += 1)
      pages.push(await recognizePage(engine, pdf, number));
    return pages;
  } finally {
    await pdf.loadingTask.destroy();
  }
}

async function recognizePage(engine: Worker, pdf: PDFDocumentProxy, number: number): Promise<TextPage> {
  const first = await readUpright(engine, { pdf, number, turn: 0, dotsPerInch: sizes[0] });
  const { width, height } = first.image;
  if (first.items.length === 0) return { width, height, lines: [] };
  const second = await read(engine, { ...first.of, dotsPerInch: sizes[1] });
  const items = mergeReadings(first.items, second.items).filter(isSure);
  return { width, height, lines: groupLines(items) };
}

/** What is drawn for a reading. */
interface Drawing {
  pdf: PDFDocumentProxy;
  number: number;
  turn: number;
  dotsPerInch: number;
}

interface Reading {
  of: Drawing;
  image: PageImage;
  items: SureItem[];
  /** On average, by letters; nothing for words that run up or down. */
  confidence: number;
}

async function readUpright(engine: Worker, drawing: Drawing): Promise<Reading> {
  const upright = await read(engine, drawing);
  if (upright.items.length === 0 || upright.confidence >= uprightConfidence) return upright;
  const tried = [upright];
  for (const turn of quarterTurns) {
    const turned = await read(engine, { ...drawing, turn });
    if (turned.confidence >= uprightConfidence) return turned;
    tried.push(turned);
  }
  return tried.reduce((best, one) => (one.confidence > best.confidence ? one : best));
}

async function read(engine: Worker, drawing: Drawing): Promise<Reading> {
  const image = await drawPage(drawing.pdf, drawing);
  const words = await recognizeWords(engine, image.png, image.scale * 72);
  const items = words.map((word) => toItem(word, image.scale));
  return { of: drawing, image, items, confidence: uprightness(words) };
}

const isSure = ({ text, confidence }: SureItem): boolean =>
  confidence >= (amount.test(text) ? leastOfAmounts : leastConfidence);

const toItem = ({ text, confidence, x0, x1, y, height }: RecognizedWord, scale: number): SureItem => ({
  text,
  confidence,
  x: x0 / scale,
  y: y / scale,
  width: (x1 - x0) / scale,
  height: height / scale,
});

/** The engine also reads lines that run up or down, but their words do not make lines of the page. */
function uprightness(words: readonly RecognizedWord[]): number {
  const letters = words.reduce((sum, { text }) => sum + text.length, 0);
  return (
    words.reduce(
      (sum, { text, confidence, isSideways }) => sum + (isSideways ? 0 : text.length * confidence),
      0,
    ) / Math.max(1, letters)
  );
}
