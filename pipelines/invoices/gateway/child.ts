import { PdfProblem } from '../../lib/pdf/pdf.ts';
import { answerCommands } from '../../lib/pdf/pdf-child.ts';
import { type Conversion, convertPdf } from './convert.ts';
import { InvoiceProblem } from './invoice-problem.ts';

/** What a converter says of a conversion. An error that is no problem of the PDF is ours. */
export type ConversionAnswer =
  | { kind: 'done'; warnings: string[] }
  | { kind: 'problem'; status: number; code: string; message: string }
  | { kind: 'failed'; stack: string };

// The process that a conversion runs in.
await answerCommands(answer);

async function answer(conversion: Conversion): Promise<ConversionAnswer> {
  try {
    return { kind: 'done', warnings: await convertPdf(conversion) };
  } catch (error) {
    if (error instanceof PdfProblem)
      return { kind: 'problem', status: 400, code: `PDF_${error.code}`, message: error.message };
    if (error instanceof InvoiceProblem)
      return { kind: 'problem', status: error.status, code: error.code, message: error.message };
    return { kind: 'failed', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
