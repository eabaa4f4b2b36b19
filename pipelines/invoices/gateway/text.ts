import { type PDFDocumentProxy, type PDFPageProxy, Util } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { asPdfProblem, PdfProblem, pdfLimits } from '../../lib/pdf/pdf.ts';

/** A run of text as it stands on the page. Points of 1/72 inch; `x` from the left, `y` from the top, to the baseline. */
export interface TextItem {
  text: string;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Of text recognition, 0 to 1; absent where the text is the document's own. */
  confidence?: number;
}

/** Items on one baseline, left to right. */
export interface TextLine {
  y: number;
  items: TextItem[];
}

export interface TextPage {
  width: number;
  height: number;
  /** By how much the page as it is shown was turned clockwise to read its text; 0 when left out. */
  turned?: Turn;
  /** Top to bottom. */
  lines: TextLine[];
}

type Turn = 90 | 180 | 270;

/** What may still be read of a document, and what of it there was at first. */
interface Budget {
  items: number;
  characters: number;
  readonly limits: TextLimits;
}

export interface TextLimits {
  /** Pieces of text, in all pages. */
  textItems: number;
  /** In all pages. */
  characters: number;
}

/**
 * The text of every page, in lines. A page whose text runs along another edge is turned first. Text that then does not run left to right
 * along the page (turned by a quarter, slanted) and text outside the page's visible box is left out. A page without text has no lines.
 *
 * @throws PdfProblem, with TOO_COMPLEX beyond the limits
 */
export async function readText(pdf: PDFDocumentProxy, limits: TextLimits = pdfLimits): Promise<TextPage[]> {
  const budget: Budget = { items: limits.textItems, characters: limits.characters, limits };
  const pages: TextPage[] = [];
  for (let number = 1; number <= pdf.numPages; number += 1) {
    try {
      const page = await pdf.getPage(number);
      pages.push(await readPage(page, budget));
      page.cleanup();
    } catch (error) {
      throw asPdfProblem(error);
    }
  }
  return pages;
}

/** The types of pdf.js name no fields of a chunk, so they are checked here, once. */
interface Run {
  str: string;
  transform: number[];
  width: number;
  height: number;
}

async function readPage(page: PDFPageProxy, budget: Budget): Promise<TextPage> {
  const runs = await readRuns(page, budget);
  const shown = page.getViewport({ scale: 1 });
  const turned = turnOf(runs.map((run) => ({ run, at: Util.transform(shown.transform, run.transform) })));
  const view = turned === 0 ? shown : page.getViewport({ scale: 1, rotation: (page.rotate + turned) % 360 });
  const scale = Math.hypot(view.transform[0] ?? 1, view.transform[1] ?? 0);
  const items = runs.flatMap((run) => place(run, Util.transform(view.transform, run.transform), scale) ?? []);
  const lines = groupLines(items.filter((item) => isOnPage(item, view)));
  return { width: view.width, height: view.height, ...(turned !== 0 && { turned }), lines };
}

async function readRuns(page: PDFPageProxy, budget: Budget): Promise<Run[]> {
  const found: Run[] = [];
  const reader = page.streamTextContent().getReader();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const runs: Run[] = chunk.value.items.filter((run: object) => 'str' in run);
      for (const run of runs) {
        spend(budget, run);
        if (run.str.trim() !== '') found.push(run);
      }
    }
  } catch (error) {
    // pdf.js goes on producing, and the document cannot be closed, while nobody reads.
    await reader.cancel(error);
    throw error;
  }
  return found;
}

/** Text along another edge must be this many times more than the level text before the page is turned. */
const muchMore = 3;

/** How far the page must be turned so that most of its text is level: text that runs down it, back or up it. */
function turnOf(runs: readonly { run: Run; at: number[] }[]): Turn | 0 {
  const characters = { 0: 0, 90: 0, 180: 0, 270: 0 };
  for (const { run, at } of runs) {
    const [a = 0, b = 0] = at;
    const quarter = Math.round(Math.atan2(b, a) / (Math.PI / 2));
    const turn = ([0, 270, 180, 90] as const)[(quarter + 4) % 4] ?? 0;
    characters[turn] += run.str.length;
  }
  const most = ([90, 180, 270] as const).reduce((a, b) => (characters[b] > characters[a] ? b : a));
  return characters[most] > characters[0] * muchMore ? most : 0;
}

function spend(budget: Budget, run: Run): void {
  budget.items -= 1;
  budget.characters -= run.str.length;
  if (budget.items < 0 || budget.characters < 0) {
    const { textItems, characters } = budget.limits;
    throw new PdfProblem(
      'TOO_COMPLEX',
      `The PDF holds more text than any invoice: over ${textItems} pieces or ${characters} characters.`,
    );
  }
}

/** A run in points from the top left, or `undefined` when it is blank or not level. */
function place(run: Run, at: number[], scale: number): TextItem | undefined {
  const [a = 0, b = 0, , , x = Number.NaN, y = Number.NaN] = at;
  const isLevel = a > 0 && Math.abs(b) < a * 0.05;
  if (run.str.trim() === '' || !isLevel || !Number.isFinite(x + y + run.width)) return undefined;
  return { text: run.str, x, y, width: run.width * scale, height: (run.height || a) * scale };
}

function isOnPage(item: TextItem, page: { width: number; height: number }): boolean {
  return (
    item.x + item.width >= 0 && item.x <= page.width && item.y >= 0 && item.y <= page.height + item.height
  );
}

/**
 * Puts items whose baselines differ by less than a third of their height on one line. The same text drawn twice at
 * one place (a way to print bold) counts once.
 *
 * @throws PdfProblem when a line is longer than any that can be read
 */
export function groupLines(items: TextItem[]): TextLine[] {
  const sorted = items.toSorted((a, b) => a.y - b.y || a.x - b.x);
  const lines: TextLine[] = [];
  for (const item of sorted) {
    const line = lines.at(-1);
    if (line !== undefined && item.y - line.y <= Math.max(1, item.height * 0.33)) line.items.push(item);
    else lines.push({ y: item.y, items: [item] });
  }
  for (const line of lines) {
    checkLine(line);
    line.items = withoutDoubles(line.items.sort((a, b) => a.x - b.x));
  }
  return lines;
}

/** No line that can be read on paper has more; without a bound one line could cost as much as a book. */
const lineLimits = { items: 1_000, characters: 20_000 } as const;

function checkLine({ y, items }: TextLine): void {
  const characters = items.reduce((sum, { text }) => sum + text.length, 0);
  if (items.length <= lineLimits.items && characters <= lineLimits.characters) return;
  throw new PdfProblem(
    'TOO_COMPLEX',
    `The PDF has a line of ${items.length} pieces and ${characters} characters, ${Math.round(y)} points from the top; ` +
      `at most ${lineLimits.items} and ${lineLimits.characters} are read.`,
  );
}

/** How many items back a double is looked for: the work stays in proportion however many stand at one place. */
const doublesWithin = 20;

function withoutDoubles(items: TextItem[]): TextItem[] {
  return items.filter((item, index) => {
    for (let i = index - 1; i >= Math.max(0, index - doublesWithin); i -= 1) {
      const other = items[i];
      if (other === undefined || item.x - other.x > 1) return true;
      if (other.text === item.text) return false;
    }
    return true;
  });
}
