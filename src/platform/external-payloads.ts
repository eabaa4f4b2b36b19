import type { ExternalStorage, Payload, StorageDriverTargetInfo } from '@temporalio/common';
import { StorageDriverClaim, ValueError } from '@temporalio/common';
import proto from '@temporalio/proto';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;
const referenceEncoding = 'json/protobuf';
const referenceType = 'temporal.api.sdk.v1.ExternalStorageReference';

/**
 * What Temporal's SDK does with large payloads in its own calls, for those that are sent and read below it: a payload over the threshold
 * is kept outside of Temporal, which gets a reference. It is stored after the codecs have seen it, and read before they do.
 * https://docs.temporal.io/external-storage
 */
export async function storeLarge(
  storage: ExternalStorage | undefined,
  target: StorageDriverTargetInfo,
  payloads: readonly Payload[],
  abortSignal?: AbortSignal,
): Promise<Payload[]> {
  if (storage === undefined) return [...payloads];
  const context = { target, ...(abortSignal && { abortSignal }) };
  return Promise.all(
    payloads.map(async (payload) => {
      if (!isLarge(storage, payload)) return payload;
      const driver = storage.driverSelector(context, payload);
      if (driver === null) return payload;
      const [claim] = await driver.store(context, [payload]);
      if (claim === undefined) throw new ValueError(`the storage driver "${driver.name}" answered no claim`);
      return referenceTo(driver.name, claim, bytesIn(payload));
    }),
  );
}

/** Whether a payload is kept outside of Temporal. */
export const isLarge = (storage: ExternalStorage, payload: Payload): boolean =>
  bytesIn(payload) >= storage.payloadSizeThreshold;

/**
 * The payloads that references stand for, in their places.
 * @throws {ValueError} where a reference cannot be resolved, ever; what the driver says where it can be tried again
 */
export function retrieveStored(
  storage: ExternalStorage | undefined,
  payloads: readonly Payload[],
  { mostBytes = Number.POSITIVE_INFINITY }: { mostBytes?: number } = {},
): Promise<Payload[]> {
  return Promise.all(
    payloads.map(async (payload) => {
      if (!isReference(payload)) return payload;
      const { driverName, claimData } = readReference(payload);
      const driver = storage?.getDriver(driverName);
      if (driver == null) throw new ValueError(unresolvable(storage, driverName));
      const bytes = Number(payload.externalPayloads?.[0]?.sizeBytes ?? 0);
      if (bytes > mostBytes)
        throw new ValueError(`it has ${bytes} bytes, and is read up to ${mostBytes}: ${shown(claimData)}`);
      const [found] = await driver.retrieve({}, [new StorageDriverClaim(claimData)]);
      if (found === undefined) throw new ValueError(`the storage driver "${driverName}" answered no payload`);
      return found;
    }),
  );
}

/** Whether a payload stands for one that is kept outside of Temporal. */
export const isReference = ({ metadata }: Payload): boolean =>
  textOf(metadata?.['encoding']) === referenceEncoding && textOf(metadata?.['messageType']) === referenceType;

const unresolvable = (storage: ExternalStorage | undefined, driver: string): string =>
  storage === undefined
    ? `it is kept in external storage (driver "${driver}"): set TEMPORAL_EXTERNAL_STORAGE=on`
    : `it is kept by the storage driver "${driver}"; known here: ${storage.drivers.map(({ name }) => `"${name}"`).join(', ')}`;

function referenceTo(driverName: string, { claimData }: StorageDriverClaim, sizeBytes: number): Payload {
  return PayloadMessage.fromObject({
    metadata: { encoding: Buffer.from(referenceEncoding), messageType: Buffer.from(referenceType) },
    data: Buffer.from(JSON.stringify({ driverName, claimData })),
    externalPayloads: [{ sizeBytes }],
  });
}

/** Protocol buffers' JSON: fields have the names of the SDK's language, or those of the protocol. */
function readReference({ data }: Payload): { driverName: string; claimData: Record<string, string> } {
  const read: unknown = parsed(Buffer.from(data ?? []).toString('utf8'));
  const fields = isObject(read) ? read : {};
  const driverName = fields['driverName'] ?? fields['driver_name'];
  const claimData = fields['claimData'] ?? fields['claim_data'] ?? {};
  const isFit =
    typeof driverName === 'string' && isObject(claimData) && Object.values(claimData).every(isText);
  if (!isFit) throw new ValueError('a reference to external storage that names no driver and no claim');
  return { driverName, claimData: claimData as Record<string, string> };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const shown = (claim: Record<string, string>): string =>
  Object.entries(claim)
    .filter(([name]) => !name.startsWith('hash'))
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
const bytesIn = (payload: Payload): number => PayloadMessage.encode(payload).finish().length;
const textOf = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('utf8');
