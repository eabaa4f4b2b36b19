import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

/** A payload of exactly this JSON: no parser comes between, which would change large numbers. */
export const jsonPayload = (text: string): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(text),
});

/** The value of a payload of this workflow. @throws when it was written with another key, codec or converter */
export async function decodePayload(client: Client, workflowId: string, payload: Payload): Promise<unknown> {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  const context = contextOf(client, workflowId);
  let decoded = [payload];
  for (const codec of payloadCodecs.toReversed()) decoded = await codec.decode(decoded, context);
  return payloadConverter.fromPayload(decoded[0] ?? payload, context);
}

const contextOf = (client: Client, workflowId: string) =>
  ({ type: 'workflow', namespace: client.options.namespace, workflowId }) as const;
