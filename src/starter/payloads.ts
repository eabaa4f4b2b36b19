import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { isLarge, retrieveStored } from '../platform/external-payloads.ts';

/** A payload of exactly this JSON: no parser comes between, which would change large numbers. */
export const jsonPayload = (text: string): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(text),
});

/** Payloads as the client's codecs send them, of this workflow. */
export async function encodePayloads(
  client: Client,
  workflowId: string,
  payloads: readonly Payload[],
): Promise<Payload[]> {
  let encoded = [...payloads];
  for (const codec of client.options.loadedDataConverter.payloadCodecs)
    encoded = await codec.encode(encoded, contextOf(client, workflowId));
  return encoded;
}

/** gRPC takes 4 MiB in one message; the rest of ours is small. The client would repeat a larger one until its deadline. */
export const mostMessageBytes = 4 * 1024 * 1024 - 64 * 1024;

export const bytesOf = (payloads: readonly Payload[]): number =>
  payloads.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);

/** How many bytes of these payloads travel in the message: of one that is kept outside of Temporal a reference alone. */
export function bytesSent({ options }: Client, payloads: readonly Payload[]): number {
  const { externalStorage } = options.loadedDataConverter;
  return bytesOf(
    externalStorage === undefined ? payloads : payloads.filter((one) => !isLarge(externalStorage, one)),
  );
}

/** The value of a payload of this workflow. @throws when it was written with another key, codec or converter */
export async function decodePayload(client: Client, workflowId: string, payload: Payload): Promise<unknown> {
  const { payloadCodecs, payloadConverter, externalStorage } = client.options.loadedDataConverter;
  const context = contextOf(client, workflowId);
  let decoded = await retrieveStored(externalStorage, [payload]);
  for (const codec of payloadCodecs.toReversed()) decoded = await codec.decode(decoded, context);
  return payloadConverter.fromPayload(decoded[0] ?? payload, context);
}

const contextOf = (client: Client, workflowId: string) =>
  ({ type: 'workflow', namespace: client.options.namespace, workflowId }) as const;
