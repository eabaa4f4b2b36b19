import { inflateSync } from 'node:zlib';
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { asPdfProblem } from '../../lib/pdf/pdf.ts';

/** A file that travels inside the PDF. */
export interface Attachment {
  name: string;
  /** Whether its name or its media type says that it is an XML invoice, or its content does. */
  isPromised: boolean;
  /** Exactly as embedded. */
  bytes: Uint8Array;
}

/** The names under which Factur-X, ZUGFeRD 1 and 2, Order-X and XRechnung embed their XML. */
const invoiceNames = ['factur-x.xml', 'zugferd-invoice.xml', 'xrechnung.xml', 'cii-xrechnung.xml'];

const isInvoiceName = (name: string): boolean => invoiceNames.includes(name.toLowerCase());

const headOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 2_000)).toString('latin1');

const looksLikeXml = ({ name, bytes, isPromised }: Attachment): boolean =>
  isPromised ||
  /\.xml$/i.test(name) ||
  /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<\0?(?:\?|[A-Za-z])/.test(headOf(bytes));

/** Names under which nothing is listed. */
const unlistedName = 'an embedded file';

/**
 * The embedded files that are, or say they are, XML; those with the name of an invoice first.
 *
 * @param streams what `embeddedStreams` found, for a document that does not list its files
 * @throws PdfProblem
 */
export async function readAttachments(
  pdf: PDFDocumentProxy,
  streams: readonly EmbeddedStream[],
): Promise<Attachment[]> {
  try {
    const files = (await pdf.getAttachments()) as Record<string, PdfFile> | null;
    const listed = [...Object.values(files ?? {}), ...(await annotatedFiles(pdf))].flatMap(listedFile);
    const unlisted = streams.flatMap(unpacked).filter((one) => !listed.some((other) => isSame(one, other)));
    return [...listed, ...unlisted]
      .filter(looksLikeXml)
      .sort((a, b) => Number(b.isPromised) - Number(a.isPromised));
  } catch (error) {
    throw asPdfProblem(error);
  }
}

interface PdfFile {
  filename: string;
  content: unknown;
}

const listedFile = ({ filename, content }: PdfFile): Attachment[] =>
  content instanceof Uint8Array
    ? [{ name: filename, bytes: content, isPromised: isInvoiceName(filename) }]
    : [];

const isSame = (a: Attachment, b: Attachment): boolean => Buffer.compare(a.bytes, b.bytes) === 0;

/** The files that hang on pages as annotations: on the first or the last pages, if on any. */
async function annotatedFiles(pdf: PDFDocumentProxy): Promise<PdfFile[]> {
  const numbers = [1, 2, 3, pdf.numPages - 2, pdf.numPages - 1, pdf.numPages];
  const pages = new Set(numbers.filter((number) => number >= 1 && number <= pdf.numPages));
  const found: PdfFile[] = [];
  for (const number of pages) {
    const page = await pdf.getPage(number);
    for (const annotation of await page.getAnnotations()) if (annotation.file) found.push(annotation.file);
  }
  return found;
}

/** The stream of an embedded file as it lies in the document. */
export interface EmbeddedStream {
  isDeflated: boolean;
  /** Whether its media type is that of XML. */
  isXml: boolean;
  bytes: Uint8Array;
}

const limits = { streams: 20, dictionary: 2_000, packed: 5_000_000, unpacked: 20_000_000 } as const;

/**
 * The streams that call themselves embedded files or XML. pdf.js answers the files of the name tree and of annotations; some producers
 * hang theirs on an associated file of the document or a page alone. Streams never lie inside other streams, so their dictionaries can be seen.
 */
export function embeddedStreams(pdf: Uint8Array): EmbeddedStream[] {
  const bytes = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength);
  const found: EmbeddedStream[] = [];
  const ends = new Set<number>();
  for (const mark of marks) {
    for (
      let at = bytes.indexOf(mark);
      at >= 0 && found.length < limits.streams;
      at = bytes.indexOf(mark, at + 1)
    ) {
      const next = bytes.toString('latin1', at + mark.length, at + mark.length + 1);
      const stream = /[A-Za-z]/.test(next) ? undefined : streamAround(bytes, at);
      if (stream === undefined || ends.has(stream.end)) continue;
      ends.add(stream.end);
      found.push(stream);
    }
  }
  return found;
}

/** What the dictionary of an embedded file names: its type, which may be left out, or a media type of XML. */
const marks = ['/EmbeddedFile', '/text#2Fxml', '/application#2Fxml', '/text#2fxml', '/application#2fxml'];

function streamAround(pdf: Buffer, at: number): (EmbeddedStream & { end: number }) | undefined {
  const keyword = pdf.indexOf('stream', at);
  const object = pdf.lastIndexOf(' obj', at);
  if (keyword < 0 || object < 0 || keyword - object > limits.dictionary) return undefined;
  const dictionary = pdf.toString('latin1', object, keyword);
  if (dictionary.includes('endobj')) return undefined;
  const start = keyword + 'stream'.length + (pdf[keyword + 'stream'.length] === 13 ? 2 : 1);
  const end = pdf.indexOf('endstream', start);
  if (end < 0 || end - start > limits.packed) return undefined;
  const filters =
    /\/Filter\s*(?:\[\s*([^\]]*?)\s*\]|(\/[A-Za-z0-9]+))/.exec(dictionary)?.slice(1).join('') ?? '';
  if (filters !== '' && filters !== '/FlateDecode') return undefined;
  const isXml = /\/(?:text|application)#2[Ff]xml/.test(dictionary);
  return { isDeflated: filters !== '', isXml, bytes: Uint8Array.from(pdf.subarray(start, end)), end };
}

function unpacked({ isDeflated, isXml, bytes }: EmbeddedStream): Attachment[] {
  try {
    const content = isDeflated
      ? inflateSync(bytes, { maxOutputLength: limits.unpacked })
      : withoutLineEnd(bytes);
    const isPromised = isXml || /CrossIndustry|urn:oasis:names:specification:ubl/.test(headOf(content));
    return [{ name: unlistedName, bytes: content, isPromised }];
  } catch {
    // Encrypted, damaged or too large: only its media type can promise an invoice.
    return isXml ? [{ name: unlistedName, bytes: new Uint8Array(), isPromised: true }] : [];
  }
}

/** The line end before `endstream` is no part of a file. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  const end = bytes.at(-1) === 10 ? (bytes.at(-2) === 13 ? -2 : -1) : bytes.length;
  return bytes.subarray(0, end);
}
