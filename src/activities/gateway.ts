import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Agent, FormData, fetch, type Response } from 'undici';
import { ErrorCode, JobError } from '../platform/errors.ts';
import { storageError } from './files.ts';
import { gatewayFailure, statusFailure } from './gateway-failures.ts';
import { XmlCheck } from './xml.ts';

/** The gateway that turns PDF into XML: `POST /process`, streamed both ways. */
export interface Gateway {
  /**
   * Sends the PDF and writes the answer to `into`, checked while it streams: size, and well-formed XML.
   * @throws {JobError} with the code of the gateway contract
   */
  convert(request: {
    pdf: string;
    mapping: string;
    jobId: string;
    requestId: string | null;
    into: FileHandle;
    signal: AbortSignal;
  }): Promise<{ bytes: number; sha256: string }>;
  close(): Promise<void>;
}

export function createGateway(options: { url: string; timeoutMs: number; maxBytes: number }): Gateway {
  // Our own timeout covers the whole call; undici's would end a slow but living one earlier.
  const dispatcher = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: Math.min(options.timeoutMs, 10_000) },
  });
  const { url, authorization } = withoutCredentials(`${options.url}/process`);
  return {
    async convert({ pdf, mapping, jobId, requestId, into, signal }) {
      const timeout = AbortSignal.timeout(options.timeoutMs);
      const response = await fetch(url, {
        method: 'POST',
        body: await formFor(pdf, mapping),
        headers: {
          accept: 'application/xml',
          'x-job-id': jobId,
          ...(requestId !== null && fitForHeader.test(requestId) && { 'x-request-id': requestId }),
          ...(authorization !== undefined && { authorization }),
        },
        // A gateway has no business sending us elsewhere: a redirect is an answer like any other wrong one.
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
        dispatcher,
      }).catch((error: unknown) => {
        throw gatewayFailure(error, { timedOut: timeout.aborted, timeoutMs: options.timeoutMs });
      });
      if (response.status !== 200) throw await statusFailure(response);
      return receive(response, into, options, timeout);
    },
    close: () => dispatcher.close(),
  };
}

/** A row may hold any text as its request id; one that is no header goes without. */
const fitForHeader = /^[\x21-\x7e]{1,200}$/;

/** `fetch` takes no user and password in an address; apart from it, they stand in no error either. */
function withoutCredentials(address: string): { url: string; authorization: string | undefined } {
  const url = new URL(address);
  const { username, password } = url;
  if (username === '' && password === '') return { url: url.href, authorization: undefined };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  url.username = '';
  url.password = '';
  return { url: url.href, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** The PDF in it is read while it is sent. */
async function formFor(pdf: string, mapping: string): Promise<FormData> {
  const form = new FormData();
  try {
    form.append('file', await openAsBlob(pdf, { type: 'application/pdf' }), 'document.pdf');
  } catch (error) {
    throw storageError('the upload is missing or cannot be read', error, { final: true });
  }
  form.append('mapping', `${mapping}.json`);
  form.append('pretty', '1');
  return form;
}

async function receive(
  response: Response,
  into: FileHandle,
  options: { timeoutMs: number; maxBytes: number },
  timeout: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const xml = new XmlCheck();
  let bytes = 0;
  for await (const chunk of bodyOf(response, options, timeout)) {
    bytes += chunk.length;
    if (bytes > options.maxBytes) {
      throw new JobError(ErrorCode.TOO_LARGE, `the answer is over the limit of ${options.maxBytes} bytes`, {
        retryable: false,
      });
    }
    hash.update(chunk);
    xml.write(chunk);
    // Not `write`: on a disk that fills up it writes a part and calls that a success.
    await into.writeFile(chunk).catch((error: unknown) => {
      throw storageError('the answer could not be stored', error, { final: false });
    });
  }
  const problem = xml.end();
  if (problem !== undefined) {
    throw new JobError(ErrorCode.GW_BAD_XML, `the gateway's answer is not well-formed XML: ${problem}`, {
      retryable: true,
    });
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The chunks of a body; a connection that breaks after the 200 means an answer cut short. */
async function* bodyOf(
  response: Response,
  options: { timeoutMs: number },
  timeout: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    while (true) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        if (timeout.aborted) throw gatewayFailure(error, { timedOut: true, timeoutMs: options.timeoutMs });
        throw new JobError(ErrorCode.GW_BAD_XML, "the gateway's answer was cut short", {
          retryable: true,
          cause: error,
        });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
