import { fileURLToPath } from 'node:url';
import { getDocument, type PDFDocumentProxy, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { asPdfProblem } from '../../../lib/pdf/pdf.ts';

/** A page as a picture. */
export interface PageImage {
  png: Buffer;
  /** Pixels for a point of 1/72 inch. */
  scale: number;
  /** In points, as the page is shown. */
  width: number;
  height: number;
}

/** A page larger than A3 is drawn with fewer dots. */
const mostPixels = 20_000_000;

const packageFile = (folder: string): string =>
  fileURLToPath(new URL(`${folder}/`, import.meta.resolve('pdfjs-dist/package.json')));

/**
 * Opens a PDF to draw its pages, with the decoders of images that scanners use. The bytes are handed over. The caller ends with
 * `pdf.loadingTask.destroy()`.
 * @throws {PdfProblem}
 */
export async function openForDrawing(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  const task = getDocument({
    // pdf.js refuses a Buffer, which is a Uint8Array by another name.
    data: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    isEvalSupported: false,
    useSystemFonts: false,
    enableXfa: false,
    wasmUrl: packageFile('wasm'),
    cMapUrl: packageFile('cmaps'),
    cMapPacked: true,
    standardFontDataUrl: packageFile('standard_fonts'),
    verbosity: VerbosityLevel.ERRORS,
  });
  try {
    return await task.promise;
  } catch (error) {
    await task.destroy();
    throw asPdfProblem(error);
  }
}

/** The canvas that pdf.js makes in Node. */
interface NodeCanvas {
  canvas: { toBuffer(type: 'image/png'): Buffer };
}

/**
 * Draws a page, turned clockwise by `turn` degrees beyond what the page itself says.
 * @throws {PdfProblem} when the page cannot be drawn
 */
export async function drawPage(
  pdf: PDFDocumentProxy,
  { number, turn, dotsPerInch }: { number: number; turn: number; dotsPerInch: number },
): Promise<PageImage> {
  try {
    const page = await pdf.getPage(number);
    const rotation = page.rotate + turn;
    const { width, height } = page.getViewport({ scale: 1, rotation });
    const scale = Math.min(dotsPerInch / 72, Math.sqrt(mostPixels / (width * height)));
    const viewport = page.getViewport({ scale, rotation });
    const factory = pdf.canvasFactory as {
      create(width: number, height: number): NodeCanvas;
      destroy(it: object): void;
    };
    const drawn = factory.create(Math.ceil(viewport.width), Math.ceil(viewport.height));
    await page.render({ canvas: drawn.canvas, viewport }).promise;
    const png = drawn.canvas.toBuffer('image/png');
    factory.destroy(drawn);
    page.cleanup();
    return { png, scale, width, height };
  } catch (error) {
    throw asPdfProblem(error);
  }
}
