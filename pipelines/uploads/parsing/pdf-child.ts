import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { systemErrorCode } from 'pg-switchyard/errors';
import { asPdfProblem, openPdf, PdfProblem, pdfLimits } from '../../lib/pdf/pdf.ts';
import { answerCommands } from '../../lib/pdf/pdf-child.ts';

/** First the PDF to open and the file its text goes to, then page after page. */
export type PdfCommand = { open: string; textPath: string } | { page: number };

/** An error that is neither a problem of the PDF nor of the storage is ours. */
export type PdfAnswer =
  | { kind: 'done'; pages: number }
  | { kind: 'problem'; message: string }
  | { kind: 'storage'; code: string }
  | { kind: 'failed'; stack: string };

let opened: { pdf: PDFDocumentProxy; text: FileHandle } | undefined;

// The process that a PDF is read in.
await answerCommands(answer);

async function answer(command: PdfCommand): Promise<PdfAnswer> {
  try {
    if ('open' in command) {
      const pdf = await openPdf(new Uint8Array(await readFile(command.open)));
      // Never made anew: of a text that another try took over, the rest would look like its beginning.
      opened = { pdf, text: await open(command.textPath, constants.O_WRONLY | constants.O_APPEND) };
      return { kind: 'done', pages: pdf.numPages };
    }
    if (opened === undefined) throw new Error('no PDF is open');
    await appendPage(opened.pdf, opened.text, command.page);
    return { kind: 'done', pages: command.page };
  } catch (error) {
    if (error instanceof PdfProblem) return { kind: 'problem', message: error.message };
    const code = systemErrorCode(error);
    if (code !== undefined) return { kind: 'storage', code };
    return { kind: 'failed', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function appendPage(pdf: PDFDocumentProxy, file: FileHandle, number: number): Promise<void> {
  const room = pdfLimits.characters - (await file.stat()).size;
  const text = await textOf(pdf, number, room).catch((error: unknown) => {
    throw asPdfProblem(error);
  });
  await file.appendFile(`${text.replaceAll('\f', ' ')}\f`);
}

/** The text of a page as the PDF has it, its lines ended where the PDF ends them. */
async function textOf(pdf: PDFDocumentProxy, number: number, room: number): Promise<string> {
  const page = await pdf.getPage(number);
  const reader = page.streamTextContent().getReader();
  let text = '';
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      for (const item of chunk.value.items as { str?: string; hasEOL?: boolean }[]) {
        text += `${item.str ?? ''}${item.hasEOL === true ? '\n' : ''}`;
      }
      if (text.length > room)
        throw new PdfProblem('TOO_COMPLEX', `The PDF holds more text than ${pdfLimits.characters} bytes.`);
    }
  } catch (error) {
    // pdf.js goes on producing, and the document cannot be closed, while nobody reads.
    await reader.cancel(error);
    throw error;
  }
  page.cleanup();
  return text;
}
