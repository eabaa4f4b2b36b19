import { randomUUID } from 'node:crypto';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type StoredContent, storageError } from 'pg-switchyard';

const connectWithinMs = 10_000;

export interface PdfRequest {
  url: string;
  /** Closed when it is sent, or no longer wanted. */
  pdf: StoredContent;
  /** The text fields of the form. */
  fields: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/**
 * Posts a form with a PDF as `file`, and answers the response as soon as its head is there, also when the PDF was not
 * wanted to its end. The PDF passes through one buffer that is used again once it is sent: what a form of `fetch` reads
 * stays in memory until the garbage collector runs, as many megabytes as the PDF has. The connection is not used again.
 * @throws the network's own error; {JobError} `IO_ERROR` when the PDF cannot be read
 */
export async function postPdf(options: PdfRequest): Promise<IncomingMessage> {
  const { pdf } = options;
  try {
    const form = formAround(options.fields);
    const bytes = form.head.length + pdf.bytes + form.tail.length;
    const request = openRequest(options, { boundary: form.boundary, bytes });
    const answered = new Promise<IncomingMessage>((done, fail) => {
      request.once('response', done);
      // Stays to the end: an error after the answer, of an upload that nobody wanted any more, is none.
      request.on('error', fail);
    });
    const sending = sendForm(request, form, pdf, answered).catch((error: Error) => {
      request.destroy(error);
    });
    return await answered.finally(() => sending);
  } finally {
    await pdf.close();
  }
}

/** The status that a GET is answered with; `undefined`: there was no answer, why makes no difference. */
export function getStatus(url: string, signal: AbortSignal): Promise<number | undefined> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((done) => {
    const request = send(new URL(url), { agent: false, signal }, (response) => {
      done(response.statusCode);
      response.destroy();
    });
    request.on('error', () => done(undefined)).end();
  });
}

function openRequest(
  { url, headers, signal }: PdfRequest,
  { boundary, bytes }: { boundary: string; bytes: number },
): ClientRequest {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const request = send(new URL(url), {
    method: 'POST',
    agent: false,
    signal,
    headers: {
      ...headers,
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': bytes,
    },
  });
  request.once('socket', (socket) => {
    const late = () => request.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }));
    const timer = setTimeout(late, connectWithinMs);
    socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
  });
  return request;
}

interface Form {
  boundary: string;
  /** What comes before the bytes of the file. */
  head: Buffer;
  tail: Buffer;
}

/** The boundary is by chance, so that no value can hold it. https://www.rfc-editor.org/rfc/rfc7578 */
function formAround(fields: Readonly<Record<string, string>>): Form {
  const boundary = `switchyard-${randomUUID()}`;
  const part = (name: string, value: string) =>
    `\r\n--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}`;
  const file =
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="document.pdf"\r\n` +
    'content-type: application/pdf\r\n\r\n';
  const texts = Object.entries(fields).map(([name, value]) => part(name, value));
  return {
    boundary,
    head: Buffer.from(file),
    tail: Buffer.from(`${texts.join('')}\r\n--${boundary}--\r\n`),
  };
}

/** Sends until all is sent or the answer has come. */
async function sendForm(
  request: ClientRequest,
  form: Form,
  pdf: StoredContent,
  answered: Promise<unknown>,
): Promise<void> {
  const over = { yet: false };
  const end = answered.then(
    () => {
      over.yet = true;
    },
    () => {
      over.yet = true;
    },
  );
  const write = (bytes: Uint8Array) =>
    Promise.race([new Promise<void>((done) => request.write(bytes, () => done())), end]);
  await write(form.head);
  for await (const chunk of readable(pdf)) {
    if (over.yet) return;
    await write(chunk);
  }
  if (!over.yet) request.end(form.tail);
}

async function* readable(pdf: StoredContent): AsyncGenerator<Uint8Array> {
  try {
    yield* pdf.chunks();
  } catch (error) {
    throw storageError('the upload could not be read while it was sent', error, { final: false });
  }
}
