import { symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWorker, type Line, OEM, PSM, type Worker } from 'tesseract.js';
import { inWorkFolder } from '../work-folder.ts';
import { languagePackage } from './languages.ts';

/** A word as the engine read it. Pixels of the picture from its top left. */
export interface RecognizedWord {
  text: string;
  /** 0 to 1. */
  confidence: number;
  x0: number;
  x1: number;
  /** Of its baseline. */
  y: number;
  height: number;
  /** It runs up or down: a page on its side. */
  isSideways: boolean;
}

/** Starts Tesseract with the data of languages, each in its package; nothing is fetched, and nothing is kept on the disk. */
export function startEngine(languages: readonly string[]): Promise<Worker> {
  // The engine wants the data of all languages in one folder.
  return inWorkFolder(tmpdir(), async (langPath) => {
    for (const language of languages) {
      const file = `${languagePackage(language)}/4.0.0_best_int/${language}.traineddata.gz`;
      await symlink(fileURLToPath(import.meta.resolve(file)), join(langPath, `${language}.traineddata.gz`));
    }
    const engine = await createWorker([...languages], OEM.LSTM_ONLY, { langPath, cacheMethod: 'none' });
    await engine.setParameters({ tessedit_pageseg_mode: PSM.AUTO });
    return engine;
  });
}

export async function recognizeWords(
  engine: Worker,
  png: Buffer,
  dotsPerInch: number,
): Promise<RecognizedWord[]> {
  await engine.setParameters({ user_defined_dpi: String(Math.round(dotsPerInch)) });
  const { data } = await engine.recognize(png, {}, { blocks: true, text: false });
  const paragraphs = (data.blocks ?? []).flatMap((block) => block.paragraphs);
  return paragraphs.flatMap(({ lines }) => lines).flatMap(wordsOf);
}

const wordsOf = ({ words, baseline, bbox, rowAttributes }: Line): RecognizedWord[] =>
  words.flatMap(({ text, confidence, bbox: { x0, x1, y0, y1 } }) => {
    const bare = text.replace(/^[|[\]]+|[|[\]]+$/g, ''); // the rules of tables are taken for these
    if (bare === '') return [];
    return {
      text: bare,
      confidence: confidence / 100,
      x0,
      x1,
      isSideways: bare.length > 2 && y1 - y0 > x1 - x0,
      y: heightAt(baseline, (x0 + x1) / 2),
      height: rowAttributes.rowHeight > 0 ? rowAttributes.rowHeight : bbox.y1 - bbox.y0,
    };
  });

/** Lines of a scan slant a little. */
function heightAt({ x0, y0, x1, y1 }: Line['baseline'], x: number): number {
  return x1 === x0 ? y0 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
