import { readFile } from 'node:fs/promises';
import type { TextPage } from '../text.ts';

/** The text that recognition found in a document, as its own process wrote it. */
export const readRecognized = async (path: string): Promise<TextPage[]> =>
  JSON.parse(await readFile(path, 'utf8')) as TextPage[];

/** What a caller must know of a result that was made of recognized text. */
export function recognitionWarning(pages: readonly TextPage[]): string {
  const sure = pages.flatMap(({ lines }) =>
    lines.flatMap(({ items }) => items.flatMap(({ confidence }) => confidence ?? [])),
  );
  const mean = sure.reduce((sum, confidence) => sum + confidence, 0) / Math.max(1, sure.length);
  const least = Math.min(1, ...sure);
  return (
    `The text was recognized in images (OCR): ${sure.length} words, on average ${percent(mean)} sure, ` +
    `the least ${percent(least)}; compare the result with the page`
  );
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
