import type { Client } from '@temporalio/client';
import { type Payload, ValueError } from '@temporalio/common';

export type Codec = Pick<Client['options']['loadedDataConverter'], 'payloadCodecs' | 'payloadConverter'>;

/** Undoes the codecs in the order in which Temporal's SDK does. */
export async function decodePayloads(
  { payloadCodecs }: Codec,
  payloads: readonly Payload[],
): Promise<Payload[]> {
  let decoded = [...payloads];
  for (const codec of payloadCodecs.toReversed()) decoded = await codec.decode(decoded);
  return decoded;
}

/** What a payload's metadata says; `''`: nothing. */
export const metadataOf = (payload: Payload, name: string): string =>
  Buffer.from(payload.metadata?.[name] ?? []).toString('utf8');

/**
 * Whether a codec says of a payload that it cannot be decoded, ever: a key that it lacks, or bytes that are none of its own. Anything
 * else may be a codec server that is away.
 */
export const isUndecodable = (error: unknown): boolean =>
  error instanceof ValueError || error instanceof TypeError;
