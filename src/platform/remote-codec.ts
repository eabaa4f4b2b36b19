import { createHash } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { placeOf, reasonOf } from './errors.ts';
import type { PayloadEncryption } from './payload-encryption.ts';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/** A start encodes its input, its memo and its name one after the other, while its row is locked. */
const answerWithinMs = 3_000;
/** Temporal takes 4 MB in one message; in base64, with what the server adds, it stays below this. */
const mostAnswerBytes = 16 * 1024 * 1024;

/** The codec server does not answer, or not as one does. Nothing is wrong with the payload: it is tried again. */
export class CodecAway extends Error {
  override readonly name = 'CodecAway';
}

/** Whether the codec server was away, whoever passed that on. */
export function isCodecAway(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof CodecAway) return true;
  return false;
}

export interface RemoteCodecOptions {
  /** Without the `/encode` and `/decode` behind it; `{namespace}` in it stands for the namespace. */
  endpoint: string;
  /** What the header Authorization says; left out: there is none. */
  auth?: string | undefined;
  namespace: string;
}

/**
 * A codec server, as Temporal's command line and Web UI ask it. https://docs.temporal.io/codec-server
 * @throws {CodecAway} from its methods
 */
export function remoteCodec(options: RemoteCodecOptions): PayloadEncryption {
  return {
    encode: (payloads) => ask(options, 'encode', payloads),
    decode: (payloads) => ask(options, 'decode', payloads),
    // No key is known here: whoever guesses the text can check it.
    pseudonymOf: (text) => createHash('sha256').update(`pseudonym of ${text}`).digest('hex'),
  };
}

async function ask(
  { endpoint, auth, namespace }: RemoteCodecOptions,
  what: 'encode' | 'decode',
  payloads: readonly Payload[],
): Promise<Payload[]> {
  if (payloads.length === 0) return [];
  const url = `${endpoint.replaceAll('{namespace}', encodeURIComponent(namespace))}/${what}`;
  const place = `the codec server at ${placeOf(url)}`;
  const timeout = AbortSignal.timeout(answerWithinMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      // It would be given the header too.
      redirect: 'error',
      headers: {
        'content-type': 'application/json',
        'x-namespace': namespace,
        ...(auth !== undefined && { authorization: auth }),
      },
      body: JSON.stringify({ payloads: payloads.map(toJson) }),
      signal: timeout,
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new CodecAway(`${place} answered ${response.status} to /${what}`);
    }
    return payloadsIn(await readBounded(response), payloads.length);
  } catch (error) {
    if (error instanceof CodecAway) throw error;
    const why = timeout.aborted ? `no answer within ${answerWithinMs} ms` : reasonOf(error);
    // Without the cause: libraries put into their errors what they sent.
    throw new CodecAway(`${place} cannot be used (${why})`);
  }
}

async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > mostAnswerBytes) throw new Error(`its answer has more than ${mostAnswerBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** In the JSON of protocol buffers, bytes are base64. */
const toJson = (payload: Payload): object =>
  PayloadMessage.toObject(PayloadMessage.fromObject(payload), {
    bytes: String,
    longs: String,
    enums: String,
  });

function payloadsIn(text: string, count: number): Payload[] {
  const answer = parse(text);
  const list =
    typeof answer === 'object' && answer !== null && 'payloads' in answer ? answer.payloads : undefined;
  if (!Array.isArray(list) || list.length !== count || !list.every(isObject))
    throw new Error(`its answer does not have ${count} payloads`);
  return list.map((payload) => PayloadMessage.fromObject(payload));
}

/** The words of JSON.parse show a part of the answer. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('its answer is no JSON');
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
