import type { Client } from '@temporalio/client';
import { type Payload, ValueError } from '@temporalio/common';
import { retrieveStored } from '../../platform/external-payloads.ts';
import { storeFailureOf } from '../../storage/failures.ts';

/** Larger results stay where they are kept, and the row says where. */
export const mostResultBytes = 8 * 1024 * 1024;

/** Undoes what the application's codecs did to the payloads of one workflow, and gets those that are kept outside of Temporal. */
export interface Codec {
  decode(payloads: readonly Payload[]): Promise<Payload[]>;
}

/** The codecs of the client, in the order in which Temporal's SDK undoes them. */
export function codecOf(client: Client, workflowId: string): Codec {
  const { loadedDataConverter, namespace } = client.options;
  return {
    async decode(payloads) {
      const { externalStorage } = loadedDataConverter;
      let decoded = await retrieveStored(externalStorage, payloads, { mostBytes: mostResultBytes });
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
const isUndecodable = (error: unknown): boolean => error instanceof ValueError || error instanceof TypeError;

/** Whether a payload that could not be decoded may be at another time. A store that is away has it still. */
export const mayDecodeLater = (error: unknown, lastTry: boolean): boolean =>
  storeFailureOf(error) !== undefined || (!lastTry && !isUndecodable(error));
