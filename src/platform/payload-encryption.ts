import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import { ValueError } from '@temporalio/common';
import proto from '@temporalio/proto';
import { modulePath } from './module-path.ts';
import type { PayloadKey } from './settings.ts';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;
/** The text of failures becomes a payload, which codecs see. */
export const failureConverterPath = modulePath('./encoded-failures', import.meta.url);

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/** Names and layout are those of Temporal's encryption samples, so that a codec server made after them fits. */
const encoding = 'binary/encrypted';
const keyIdField = 'encryption-key-id';

/**
 * How payloads travel to and from Temporal: as they are, or encrypted as soon as there is a key. The text of failures
 * becomes a payload then, so it is encrypted too.
 */
export function dataConverterOf(keys: readonly PayloadKey[]): DataConverter {
  return keys.length === 0 ? {} : { payloadCodecs: [payloadEncryption(keys)], failureConverterPath };
}

export interface PayloadEncryption extends PayloadCodec {
  /** What stands for a text where Temporal must compare it and may not know it: 64 letters, others with another key. */
  pseudonymOf(text: string): string;
}

/**
 * Encrypts every payload with the first key (AES-256-GCM, a random nonce for each) and decrypts with the key that the
 * payload names. What is not encrypted is taken as it is: workflows that were there before go on.
 *
 * Does not cover what Temporal must read: ids, types, task queues, search attributes, times.
 * https://docs.temporal.io/payload-codec
 */
export function payloadEncryption(keys: readonly PayloadKey[]): PayloadEncryption {
  const [first] = keys;
  if (first === undefined) throw new ValueError('there is no key to encrypt payloads with');
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    encode: async (payloads) => payloads.map((payload) => encrypt(payload, first)),
    decode: async (payloads) =>
      payloads.map((payload) =>
        textOf(payload, 'encoding') === encoding ? decrypt(payload, byId) : payload,
      ),
    pseudonymOf: (text) => createHmac('sha256', first.key).update(`pseudonym of ${text}`).digest('hex'),
  };
}

function encrypt(payload: Payload, { id, key }: PayloadKey): Payload {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce);
  const text = cipher.update(PayloadMessage.encode(payload).finish());
  return {
    metadata: { encoding: Buffer.from(encoding), [keyIdField]: Buffer.from(id) },
    data: Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]),
  };
}

function decrypt(payload: Payload, keys: ReadonlyMap<string, Buffer>): Payload {
  const id = textOf(payload, keyIdField);
  const key = keys.get(id);
  if (key === undefined) {
    throw new ValueError(
      `a payload is encrypted with the key ${JSON.stringify(id)}, which TEMPORAL_PAYLOAD_KEYS lacks; add it after the first`,
    );
  }
  const data = payload.data ?? Buffer.alloc(0);
  try {
    const decipher = createDecipheriv(algorithm, key, data.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(data.subarray(-tagBytes));
    const text = decipher.update(data.subarray(nonceBytes, -tagBytes));
    return PayloadMessage.decode(Buffer.concat([text, decipher.final()]));
  } catch (error) {
    throw new ValueError(
      `a payload cannot be decrypted with the key ${JSON.stringify(id)} of TEMPORAL_PAYLOAD_KEYS: it is another key of ` +
        'that name, or the payload was changed',
      error,
    );
  }
}

const textOf = (payload: Payload, field: string): string =>
  Buffer.from(payload.metadata?.[field] ?? []).toString('utf8');
