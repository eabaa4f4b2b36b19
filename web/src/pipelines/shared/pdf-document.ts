import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';

GlobalWorkerOptions.workerSrc = workerUrl;

/** Opens a PDF without letting it run anything. */
export function openPdf(data: ArrayBuffer): { document: Promise<PDFDocumentProxy>; close: () => void } {
  const task = getDocument({ data, isEvalSupported: false, enableXfa: false, useSystemFonts: true });
  return { document: task.promise, close: () => void task.destroy() };
}

export type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist';
