import type { Payload } from '@temporalio/common';
import { isIdOf, type QueueDefinition } from '../../queues/definition.ts';
import { type Codec, decodePayloads } from './payloads.ts';
import type { Memo } from './runs.ts';

/** Which attempt of which job a workflow was started for. */
export interface JobKey {
  id: string;
  attempt: number;
}

const jobField = 'switchyardJob';
const databaseField = 'switchyardDatabase';

/** Reads in the memos of workflows which jobs of the queue they work for; `undefined`: for none, or for those of another database. */
export async function jobKeysOf(
  codec: Codec,
  queue: QueueDefinition,
  memos: readonly Memo[],
): Promise<(JobKey | undefined)[]> {
  const payloads = memos
    .flatMap((memo) => [memo[jobField], memo[databaseField]])
    .filter((payload) => payload != null);
  const texts = await textsOf(codec, payloads);
  return memos.map((memo) => {
    const [job, database] = [memo[jobField], memo[databaseField]];
    if (job == null || (database == null ? undefined : texts.get(database)) !== queue.database)
      return undefined;
    return keyIn(queue, texts.get(job));
  });
}

function keyIn(queue: QueueDefinition, text: string | undefined): JobKey | undefined {
  const prefix = `${queue.name}/`;
  if (text === undefined || !text.startsWith(prefix)) return undefined;
  const end = text.lastIndexOf('/');
  const id = text.slice(prefix.length, end);
  const attempt = text.slice(end + 1);
  if (!/^\d{1,10}$/.test(attempt) || !isIdOf(queue, id)) return undefined;
  return { id, attempt: Number(attempt) };
}

/** All of them at once, as a codec may ask a server; where one cannot be decoded, each by itself. */
async function textsOf(codec: Codec, payloads: readonly Payload[]): Promise<Map<Payload, string>> {
  if (payloads.length === 0) return new Map();
  const decoded = await decodePayloads(codec, payloads).catch(() => undefined);
  const each = decoded ?? (await Promise.all(payloads.map((payload) => decodeOne(codec, payload))));
  const texts = new Map<Payload, string>();
  payloads.forEach((payload, i) => {
    const text = textIn(codec, each[i]);
    if (text !== undefined) texts.set(payload, text);
  });
  return texts;
}

const decodeOne = async (codec: Codec, payload: Payload): Promise<Payload | undefined> =>
  decodePayloads(codec, [payload]).then(
    ([decoded]) => decoded,
    () => undefined,
  );

function textIn({ payloadConverter }: Codec, payload: Payload | undefined): string | undefined {
  if (payload === undefined) return undefined;
  try {
    const value: unknown = payloadConverter.fromPayload(payload);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
