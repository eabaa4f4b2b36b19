import type { Client } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { reconcilerId } from '../../queues/reconciler.ts';
import type { Finding } from '../views.ts';
import type { Check, CheckContext } from './check.ts';
import { found } from './codes.ts';
import { orMissing } from './temporal-answers.ts';

const sample: Payload = {
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from('"switchyard doctor"'),
};

/** Whether this environment can read what Temporal stores of jobs: by a key, a codec server, or a converter. */
export const payloads: Check = {
  name: 'the payloads in Temporal',
  needs: ['temporal'],
  async find(context) {
    const codecs = codecsOf(context.client);
    const own = await whyUnreadable(codecs, () => encode(codecs, sample));
    if (own !== undefined) return [unreadable('a payload that was just encoded', own)];
    const stored = await storedPayloads(context);
    const why = await whyUnreadable(codecs, async () => stored);
    return why === undefined ? [] : [unreadable('the input of the reconciler, which Temporal stores,', why)];
  },
};

const codecsOf = ({ options }: Client): readonly PayloadCodec[] => options.loadedDataConverter.payloadCodecs;

async function encode(codecs: readonly PayloadCodec[], payload: Payload): Promise<Payload[]> {
  let payloads = [payload];
  for (const codec of codecs) payloads = await codec.encode(payloads);
  return payloads;
}

/** Without any codec everything is read as it is, and nothing would tell that it is encrypted. */
async function whyUnreadable(
  codecs: readonly PayloadCodec[],
  read: () => Promise<Payload[]>,
): Promise<string | undefined> {
  try {
    let payloads = await read();
    if (codecs.length === 0 && payloads.some(isEncrypted)) return 'it is encrypted, and no key is set';
    for (const codec of codecs.toReversed()) payloads = await codec.decode(payloads);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** As our keys, and codec servers made after Temporal's samples, mark it. */
const isEncrypted = ({ metadata }: Payload): boolean =>
  Buffer.from(metadata?.['encoding'] ?? []).toString() === 'binary/encrypted';

/** Of the reconciler's schedule; nothing where there is none, which is a finding of its own. */
async function storedPayloads({ client, settings }: CheckContext): Promise<Payload[]> {
  const answer = await orMissing(
    client.workflowService.describeSchedule({
      namespace: client.options.namespace,
      scheduleId: reconcilerId(settings.taskQueue),
    }),
  );
  return (answer?.schedule?.action?.startWorkflow?.input?.payloads ?? []) as Payload[];
}

const unreadable = (what: string, why: string): Finding =>
  found(
    'PAYLOADS_UNREADABLE',
    'payloads in Temporal',
    `${what} cannot be read: ${why}`,
    'Give all processes the same TEMPORAL_PAYLOAD_KEYS (older keys after the first), TEMPORAL_CODEC_ENDPOINT or TEMPORAL_DATA_CONVERTER.',
  );
