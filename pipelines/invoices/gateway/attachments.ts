import { inflateSync } from 'node:zlib';
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { asPdfProblem } from '../../lib/pdf/pdf.ts';

/** A file that travels inside the PDF. */
export interface Attachment {
  name: string;
  /** Exactly as embedded. */
  bytes: Uint8Array;
}

/** The names under which Factur-X, ZUGFeRD 1 and 2, Order-X and XRechnung embed their XML. */
const invoiceNames = ['factur-x.xml', 'zugferd-invoice.xml', 'xrechnung.xml', 'cii-xrechnung.xml'];

/** Whether a file's name says that it is an XML invoice. */
export const isNamedInvoice = ({ name }: Attachment): boolean => invoiceNames.includes(name.toLowerCase());

const looksLikeXml = ({ name, bytes }: Attachment): boolean =>
  /\.xml$/i.test(name) ||
  /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|[A-Za-z])/.test(Buffer.from(bytes.subarray(0, 100)).toString('latin1'));

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
    const files = (await pdf.getAttachments()) as Record<
      string,
      { filename: string; content: unknown }
    > | null;
    const listed = Object.values(files ?? {}).flatMap(({ filename, content }) =>
      content instanceof Uint8Array ? [{ name: filename, bytes: content }] : [],
    );
    const found = listed.some(looksLikeXml) ? listed : streams.flatMap(unpacked);
    return found.filter(looksLikeXml).sort((a, b) => Number(isNamedInvoice(b)) - Number(isNamedInvoice(a)));
  } catch (error) {
    throw asPdfProblem(error);
  }
}

/** The stream of an embedded file as it lies in the document. */
export interface EmbeddedStream {
  isDeflated: boolean;
  bytes: Uint8Array;
}

const limits = { streams: 20, dictionary: 2_000, packed: 5_000_000, unpacked: 20_000_000 } as const;

/**
 * The streams that call themselves embedded files. pdf.js answers only the files of the name tree; some producers hang theirs on an
 * associated file, a page or an annotation alone. Streams never lie inside other streams, so their dictionaries can be seen.
 */
export function embeddedStreams(pdf: Uint8Array): EmbeddedStream[] {
  const bytes = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength);
  const found: EmbeddedStream[] = [];
  for (let at = 0; found.length < limits.streams; ) {
    at = bytes.indexOf('/EmbeddedFile', at) + 1;
    if (at === 0) break;
    const stream = streamAround(bytes, at - 1);
    if (stream !== undefined) found.push(stream);
  }
  return found;
}

function streamAround(pdf: Buffer, at: number): EmbeddedStream | undefined {
  if (/^[A-Za-z]/.test(pdf.toString('latin1', at + '/EmbeddedFile'.length, at + '/EmbeddedFile'.length + 1)))
    return undefined;
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
  return { isDeflated: filters !== '', bytes: Uint8Array.from(pdf.subarray(start, end)) };
}

function unpacked({ isDeflated, bytes }: EmbeddedStream): Attachment[] {
  try {
    const content = isDeflated
      ? inflateSync(bytes, { maxOutputLength: limits.unpacked })
      : withoutLineEnd(bytes);
    return [{ name: 'an embedded file', bytes: content }];
  } catch {
    return []; // encrypted, damaged or too large: it cannot be told that it is an invoice
  }
}

/** The line end before `endstream` is no part of a file. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  const end = bytes.at(-1) === 10 ? (bytes.at(-2) === 13 ? -2 : -1) : bytes.length;
  return bytes.subarray(0, end);
}
