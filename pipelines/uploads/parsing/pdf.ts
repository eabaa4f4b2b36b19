import { fileURLToPath } from 'node:url';
import { JobError, storageError } from 'pg-switchyard';
import { PdfProcess, PdfProcessFailed } from '../../lib/pdf/pdf-process.ts';
import { UploadErrorCode } from '../error-codes.ts';
import { badDocument } from './documents.ts';
import type { OpenDocument, OpenOptions, ParseLimits } from './open-document.ts';
import type { PdfAnswer, PdfCommand } from './pdf-child.ts';

const childPath = fileURLToPath(new URL('./pdf-child.ts', import.meta.url));

/** A PDF, read in a process of its own: whatever it does to that, it does not do to the worker. */
export async function openPdf({ path, textPath, limits, signal }: OpenOptions): Promise<OpenDocument> {
  const child = new PdfProcess<PdfCommand, PdfAnswer>(limits, childPath);
  const ask = (command: PdfCommand, what: string): Promise<number> =>
    child.ask(command, signal).then(
      (answer) => numberOf(answer, what),
      (error: unknown) => {
        throw error instanceof PdfProcessFailed ? asJobError(error, what, limits) : error;
      },
    );
  try {
    const pages = await ask({ open: path, textPath }, 'the document');
    return {
      pages,
      appendPage: async (page) => void (await ask({ page }, `page ${page}`)),
      close: () => child.close(),
    };
  } catch (error) {
    await child.close();
    throw error;
  }
}

function numberOf(answer: PdfAnswer, what: string): number {
  switch (answer.kind) {
    case 'done':
      return answer.pages;
    case 'problem':
      throw badDocument(`${what}: ${answer.message}`);
    case 'storage':
      throw storageError(
        'the text could not be stored',
        Object.assign(new Error(answer.code), { code: answer.code }),
        {
          final: false,
        },
      );
    case 'failed':
      throw new Error(`${what} could not be read: ${answer.stack}`);
  }
}

/** Too much memory is the document's fault; the rest may be the machine's, and is tried again. */
function asJobError(error: PdfProcessFailed, what: string, { memoryMiB, timeoutMs }: ParseLimits): JobError {
  const says = {
    timeout: `${what} takes longer than ${timeoutMs} ms to read`,
    memory: `${what} needs more memory than there is for a document, a heap of ${memoryMiB} MiB`,
    crash: `${what} ended the process that reads it`,
  };
  return new JobError(UploadErrorCode.BAD_DOCUMENT, says[error.reason], {
    retryable: error.reason !== 'memory',
    cause: error,
  });
}
