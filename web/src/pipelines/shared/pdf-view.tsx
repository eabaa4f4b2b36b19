import { useEffect, useRef, useState } from 'react';
import { Loading } from '../../components/loading.tsx';
import { openPdf, type PDFDocumentProxy, type PDFPageProxy } from './pdf-document.ts';
import { ScrollBox } from './scroll-box.tsx';

/** More pages than these are not drawn: the file itself can be downloaded. */
const mostPages = 50;

/** A PDF drawn page by page, with its text for who does not see it. */
export default function PdfView({ data, label }: { data: ArrayBuffer; label: string }) {
  const [document, setDocument] = useState<PDFDocumentProxy>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    setDocument(undefined);
    setProblem(undefined);
    const opening = openPdf(data.slice(0)); // the worker takes it away
    let isShown = true;
    opening.document.then(
      (opened) => isShown && setDocument(opened),
      (error: Error) => isShown && setProblem(error.message),
    );
    return () => {
      isShown = false;
      opening.close();
    };
  }, [data]);

  if (problem !== undefined) return <p className="muted">This PDF cannot be shown: {problem}</p>;
  if (document === undefined) return <Loading what="Opening the PDF" />;
  const pages = Math.min(document.numPages, mostPages);
  const numbers = Array.from({ length: pages }, (_, i) => i + 1);
  return (
    <ScrollBox kind="pdf" label={label}>
      {numbers.map((number) => (
        <PageView key={number} document={document} number={number} />
      ))}
      {document.numPages > pages && (
        <p className="muted">{document.numPages - pages} more pages are not shown.</p>
      )}
    </ScrollBox>
  );
}

function PageView({ document, number }: { document: PDFDocumentProxy; number: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const isNear = useNear(frame);
  const [text, setText] = useState('');
  useEffect(() => {
    if (!isNear || canvas.current === null) return;
    const end = new AbortController();
    void draw(document, number, canvas.current, end.signal).then(setText, () => undefined); // it is gone from the view
    return () => end.abort();
  }, [document, number, isNear]);
  return (
    <div ref={frame} className="pdf-page">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Page ${number} of ${document.numPages}`}
        width={600}
        height={848}
      />
      <p className="visually-hidden">{text}</p>
    </div>
  );
}

/** Draws the page as sharp as the screen is. Answers its text. */
async function draw(
  document: PDFDocumentProxy,
  number: number,
  canvas: HTMLCanvasElement,
  signal: AbortSignal,
): Promise<string> {
  const page: PDFPageProxy = await document.getPage(number);
  signal.throwIfAborted();
  const plain = page.getViewport({ scale: 1 });
  const sharpness = Math.min(window.devicePixelRatio, 2);
  const viewport = page.getViewport({ scale: (Math.max(canvas.clientWidth, 300) * sharpness) / plain.width });
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  const drawing = page.render({ canvas, viewport });
  signal.addEventListener('abort', () => drawing.cancel());
  await drawing.promise;
  const { items } = await page.getTextContent();
  return items.map((item) => ('str' in item ? item.str : '')).join(' ');
}

/** Whether it is, or was, in the view or near it. */
function useNear(element: React.RefObject<HTMLElement | null>): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (element.current === null) return;
    const watch = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setNear(true);
      },
      { rootMargin: '600px' },
    );
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [element]);
  return isNear;
}
