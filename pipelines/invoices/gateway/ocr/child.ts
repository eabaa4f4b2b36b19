import { readFile, writeFile } from 'node:fs/promises';
import { PdfProblem } from '../../../lib/pdf/pdf.ts';
import { answerCommands } from '../../../lib/pdf/pdf-child.ts';
import { startEngine } from './engine.ts';
import { recognizePages } from './recognize.ts';

export interface RecognitionCommand {
  /** The path of the PDF. */
  pdf: string;
  /** Where its text is written, as JSON: a list of `TextPage`. */
  text: string;
}

export type RecognitionAnswer =
  | { kind: 'done' }
  | { kind: 'problem'; code: string; message: string }
  | { kind: 'failed'; stack: string };

// The process that text recognition runs in; its arguments are the languages.
const engine = startEngine(process.argv.slice(2));
await answerCommands(answer, () => engine);

async function answer({ pdf, text }: RecognitionCommand): Promise<RecognitionAnswer> {
  try {
    const pages = await recognizePages(await engine, new Uint8Array(await readFile(pdf)));
    await writeFile(text, JSON.stringify(pages));
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof PdfProblem) return { kind: 'problem', code: error.code, message: error.message };
    return { kind: 'failed', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
