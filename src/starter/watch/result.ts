import type { Payload } from '@temporalio/common';
import { isReference } from '../../platform/external-payloads.ts';
import { fitForRow } from '../../platform/row-text.ts';
import { type Codec, mayDecodeLater, metadataOf, mostResultBytes } from './codec.ts';

/** What a workflow returned, as its row has it. */
export interface RowResult {
  /** JSON, as the workflow's SDK wrote it; `null`: it returned nothing, JSON's null, or what is no JSON. */
  result: string | null;
  /** What it returned that is no JSON; `null`: `result` says it all. */
  note: string | null;
}

const nothing: RowResult = { result: null, note: null };
const json = new Set(['json/plain', 'json/protobuf']);
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The first of the payloads that a workflow returned. Nothing and null are the same, an SQL NULL, as SDKs of other languages encode both
 * alike.
 * @throws what a codec says that may decode it at another time, unless `lastTry`
 */
export async function resultOf(
  codec: Codec,
  payloads: readonly Payload[] | null | undefined,
  { lastTry }: { lastTry: boolean },
): Promise<RowResult> {
  const [encoded] = payloads ?? [];
  if (encoded === undefined) return nothing;
  let payload: Payload | undefined;
  try {
    [payload] = await codec.decode([encoded]);
  } catch (error) {
    if (mayDecodeLater(error, lastTry)) throw error;
    return {
      result: null,
      note: fitForRow(`${described(encoded)} that cannot be decoded: ${wordsOf(error)}`),
    };
  }
  if (payload === undefined || metadataOf(payload, 'encoding') === 'binary/null') return nothing;
  if (!json.has(metadataOf(payload, 'encoding')))
    return { result: null, note: fitForRow(described(payload)) };
  const bytes = payload.data?.length ?? 0;
  if (bytes > mostResultBytes)
    return { result: null, note: `${described(payload)}; rows hold ${mostResultBytes} at most` };
  return jsonOf(payload);
}

function jsonOf(payload: Payload): RowResult {
  let result: string;
  try {
    result = utf8.decode(payload.data ?? Buffer.alloc(0));
    JSON.parse(result);
  } catch {
    return { result: null, note: fitForRow(`${described(payload)} that is no JSON`) };
  }
  return result.trim() === 'null' ? nothing : { result, note: null };
}

/** The encoding of a payload, the type of its message, and its size. */
function described(payload: Payload): string {
  if (isReference(payload))
    return `a stored result of ${payload.externalPayloads?.[0]?.sizeBytes ?? 0} bytes`;
  const type = metadataOf(payload, 'messageType');
  const encoding = metadataOf(payload, 'encoding') || 'no encoding';
  return `${encoding}${type && ` ${type}`}, ${payload.data?.length ?? 0} bytes`;
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
