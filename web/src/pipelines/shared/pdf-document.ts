import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';

GlobalWorkerOptions.workerSrc = workerUrl;

/** Of the fonts that a PDF may use without holding them, such as Helvetica; by path. */
const fonts = import.meta.glob<string>('../../../../node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** Gives pdf.js the fonts of this page. It asks for nothing else: what it has no data for it draws without. */
class PageFonts {
  async fetch({ filename }: { filename: string }): Promise<Uint8Array> {
    const [, url] = Object.entries(fonts).find(([path]) => path.endsWith(`/${filename}`)) ?? [];
    if (url === undefined) throw new Error(`the page has no ${filename}`);
    return new Uint8Array(await (await fetch(url)).arrayBuffer());
  }
}

/** Opens a PDF without letting it run anything. */
export function openPdf(data: ArrayBuffer): { document: Promise<PDFDocumentProxy>; close: () => void } {
  const task = getDocument({
    data,
    isEvalSupported: false,
    enableXfa: false,
    useSystemFonts: false,
    useWorkerFetch: false,
    standardFontDataUrl: 'fonts/',
    BinaryDataFactory: PageFonts,
  });
  return { document: task.promise, close: () => void task.destroy() };
}

export type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist';
