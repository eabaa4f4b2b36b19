import { fileURLToPath } from 'node:url';
import {
  getDocument,
  InvalidPDFException,
  type PDFDocumentProxy,
  VerbosityLevel,
} from 'pdfjs-dist/legacy/build/pdf.mjs';

/** More than this is no invoice: reading it would hold the process and its memory for nothing. */
export const pdfLimits = { pages: 2_000, textItems: 400_000, characters: 20_000_000 } as const;

export const PdfProblemCode = {
  /** It opens only with a password. */
  ENCRYPTED: 'ENCRYPTED',
  /** No bytes, or no pages. */
  EMPTY: 'EMPTY',
  /** Pages without any text: a scan, or blank. */
  IMAGE_ONLY: 'IMAGE_ONLY',
  /** Not a PDF, or damaged beyond repair. */
  BROKEN: 'BROKEN',
  /** Beyond `pdfLimits`, or nested deeper than can be followed. */
  TOO_COMPLEX: 'TOO_COMPLEX',
} as const;
export type PdfProblemCode = (typeof PdfProblemCode)[keyof typeof PdfProblemCode];

/** Why a PDF cannot be read, in words for the person who sent it. Another try gives the same answer. */
export class PdfProblem extends Error {
  override readonly name = 'PdfProblem';
  readonly code: PdfProblemCode;

  constructor(code: PdfProblemCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

const packageFile = (folder: string): string =>
  fileURLToPath(new URL(`${folder}/`, import.meta.resolve('pdfjs-dist/package.json')));

/**
 * Opens a PDF for reading its text and attachments; images are never decoded, scripts never run, nothing is fetched.
 * The bytes are handed over: the caller's array is empty afterwards. The caller ends with `pdf.loadingTask.destroy()`.
 *
 * @throws PdfProblem when the file cannot be opened or has more pages than `pdfLimits`
 */
export async function openPdf(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  if (bytes.byteLength === 0) throw new PdfProblem('EMPTY', 'The PDF is empty: it has 0 bytes.');
  const task = getDocument({
    // pdf.js refuses a Buffer, which is a Uint8Array by another name.
    data: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    isEvalSupported: false,
    disableFontFace: true,
    useSystemFonts: false,
    useWasm: false,
    enableXfa: false,
    cMapUrl: packageFile('cmaps'),
    cMapPacked: true,
    standardFontDataUrl: packageFile('standard_fonts'),
    verbosity: VerbosityLevel.ERRORS,
  });
  try {
    const pdf = await task.promise;
    checkPageCount(pdf.numPages);
    return pdf;
  } catch (error) {
    await task.destroy();
    throw asPdfProblem(error);
  }
}

function checkPageCount(pages: number): void {
  if (pages < 1) throw new PdfProblem('EMPTY', 'The PDF is empty: it has no pages.');
  if (pages > pdfLimits.pages) {
    throw new PdfProblem('TOO_COMPLEX', `The PDF has ${pages} pages; at most ${pdfLimits.pages} are read.`);
  }
}

/** What pdf.js threw, as a problem of the PDF. */
export function asPdfProblem(error: unknown): PdfProblem {
  if (error instanceof PdfProblem) return error;
  if (error instanceof Error && error.name === 'PasswordException') {
    return new PdfProblem(
      'ENCRYPTED',
      'The PDF is password-protected: save it without a password and send it again.',
      error,
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError || /call stack|array buffer allocation/i.test(message)) {
    return new PdfProblem(
      'TOO_COMPLEX',
      'The PDF is nested too deeply or unpacks to too much to be read.',
      error,
    );
  }
  if (error instanceof InvalidPDFException) {
    return new PdfProblem(
      'BROKEN',
      'The file is not a PDF or is damaged: export or print it to PDF again.',
      error,
    );
  }
  return new PdfProblem('BROKEN', `The PDF is damaged: ${message.slice(0, 200)}`, error);
}
