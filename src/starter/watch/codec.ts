import type { Client } from '@temporalio/client';
import { type Payload, ValueError } from '@temporalio/common';

/** Undoes what the application's codecs did to the payloads of one workflow. */
export interface Codec {
  decode(payloads: readonly Payload[]): Promise<Payload[]>;
}

/** The codecs of the client, in the order in which Temporal's SDK undoes them. */
export function codecOf(client: Client, workflowId: string): Codec {
  const { loadedDataConverter, namespace } = client.options;
  return {
    async decode(payloads) {
      let decoded = [...payloads];
      for (const codec of loadedDataConverter.payloadCodecs.toReversed())
        decoded = await codec.decode(decoded, { type: 'workflow', namespace, workflowId });
      return decoded;
    },
  };
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
