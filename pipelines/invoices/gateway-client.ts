import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { ErrorCode, JobError, type StoredContent, storageError } from 'pg-switchyard';
import { GatewayErrorCode } from './error-codes.ts';
import { gatewayFailure, statusFailure } from './gateway-failures.ts';
import { type GatewayReport, reportIn } from './gateway-report.ts';
import { getStatus, postPdf } from './gateway-request.ts';
import { XmlCheck } from './xml.ts';

/** The gateway that turns PDF into XML: `POST /process`, streamed both ways. */
export interface Gateway {
  /**
   * Sends the PDF, closes it, and writes the answer to `into`, checked while it streams: size, and well-formed XML.
   * @throws {JobError} with the code of the gateway contract
   */
  convert(request: {
    pdf: StoredContent;
    mapping: string;
    jobId: string;
    requestId: string | null;
    into: FileHandle;
    signal: AbortSignal;
  }): Promise<{ bytes: number; sha256: string; report: GatewayReport | null }>;
  /** Whether `GET /health` is answered in a short time, by anything below 500. */
  isAlive(signal: AbortSignal): Promise<boolean>;
}

const aliveWithinMs = 5_000;

export function createGateway(options: { url: string; timeoutMs: number; maxBytes: number }): Gateway {
  return {
    async convert({ pdf, mapping, jobId, requestId, into, signal }) {
      const timeout = AbortSignal.timeout(options.timeoutMs);
      const response = await postPdf({
        url: `${options.url}/process`,
        pdf,
        fields: { mapping: `${mapping}.json`, pretty: '1' },
        headers: {
          accept: 'application/xml',
          'accept-encoding': 'identity',
          'x-job-id': jobId,
          ...(requestId !== null && fitForHeader.test(requestId) && { 'x-request-id': requestId }),
        },
        signal: AbortSignal.any([signal, timeout]),
      }).catch((error: unknown) => {
        throw gatewayFailure(error, { ...options, timedOut: timeout.aborted });
      });
      try {
        // A redirect is an answer like any other wrong one: a gateway has no business sending us elsewhere.
        if (response.statusCode !== 200) throw await statusFailure(response);
        const received = await receive(response, into, options, timeout);
        return { ...received, report: reportIn(response.headers) };
      } finally {
        response.destroy();
      }
    },

    async isAlive(signal) {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(aliveWithinMs)]);
      const status = await getStatus(`${options.url}/health`, soon);
      return status !== undefined && status < 500;
    },
  };
}

/** A row may hold any text as its request id; one that is no header goes without. */
const fitForHeader = /^[\x21-\x7e]{1,200}$/;

async function receive(
  response: IncomingMessage,
  into: FileHandle,
  options: { url: string; timeoutMs: number; maxBytes: number },
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
    throw new JobError(
      GatewayErrorCode.GW_BAD_XML,
      `the gateway's answer is not well-formed XML: ${problem}`,
      {
        retryable: true,
      },
    );
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The chunks of a body; a connection that breaks after the 200 means an answer cut short. */
async function* bodyOf(
  response: IncomingMessage,
  options: { url: string; timeoutMs: number },
  timeout: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk;
  } catch (error) {
    if (timeout.aborted) throw gatewayFailure(error, { ...options, timedOut: true });
    throw new JobError(GatewayErrorCode.GW_BAD_XML, "the gateway's answer was cut short", {
      retryable: true,
      cause: error,
    });
  }
}
