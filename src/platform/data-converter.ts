import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { DataConverter, ExternalStorage, PayloadCodec } from '@temporalio/common';
import { SetupError } from './errors.ts';
import { dataConverterOf, failureConverterPath, type PayloadEncryption } from './payload-encryption.ts';
import { remoteCodec } from './remote-codec.ts';
import type { Settings } from './settings.ts';

type ConverterSettings = Pick<
  Settings,
  'temporalPayloadKeys' | 'temporalCodecEndpoint' | 'temporalCodecAuth' | 'temporalDataConverter'
>;

/**
 * How payloads travel to and from Temporal: as they are, encrypted with our keys, by way of a codec server, or by a converter of the
 * user's own; with `externalStorage` the large ones of them are kept there.
 * @throws {SetupError} where more than one of these is set, or the converter's module cannot be used
 */
export function readDataConverter(
  settings: ConverterSettings,
  namespace: string,
  externalStorage?: ExternalStorage,
): DataConverter {
  const converter = converterOf(settings, namespace);
  if (externalStorage === undefined) return converter;
  if (converter.externalStorage !== undefined)
    throw new SetupError(
      'TEMPORAL_EXTERNAL_STORAGE=on, and the converter of TEMPORAL_DATA_CONVERTER has an externalStorage of its own: switch one of them off',
    );
  return { ...converter, externalStorage };
}

function converterOf(settings: ConverterSettings, namespace: string): DataConverter {
  const { temporalPayloadKeys, temporalCodecEndpoint, temporalCodecAuth, temporalDataConverter } = settings;
  const set = [
    ...(temporalPayloadKeys.length > 0 ? ['TEMPORAL_PAYLOAD_KEYS'] : []),
    ...(temporalCodecEndpoint !== undefined ? ['TEMPORAL_CODEC_ENDPOINT'] : []),
    ...(temporalDataConverter !== undefined ? ['TEMPORAL_DATA_CONVERTER'] : []),
  ];
  if (set.length > 1)
    throw new SetupError(
      `${set.join(' and ')} are set; each says by itself how payloads travel: set one of them`,
    );
  if (temporalCodecAuth !== undefined && temporalCodecEndpoint === undefined)
    throw new SetupError('TEMPORAL_CODEC_AUTH is set, and TEMPORAL_CODEC_ENDPOINT is not: set both or none');
  if (temporalDataConverter !== undefined) return loadConverter(temporalDataConverter);
  if (temporalCodecEndpoint === undefined) return dataConverterOf(temporalPayloadKeys);
  const codec = remoteCodec({ endpoint: temporalCodecEndpoint, auth: temporalCodecAuth, namespace });
  return { payloadCodecs: [codec], failureConverterPath };
}

const require = createRequire(import.meta.url);

function loadConverter(path: string): DataConverter {
  let found: unknown;
  try {
    found = require(resolve(path));
  } catch (error) {
    throw new SetupError(
      `TEMPORAL_DATA_CONVERTER names ${path}, which cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  const converter = (found as { dataConverter?: DataConverter } | null)?.dataConverter;
  if (typeof converter !== 'object' || converter === null)
    throw new SetupError(`TEMPORAL_DATA_CONVERTER names ${path}, which must export "dataConverter"`);
  return { ...converter, payloadCodecs: [...(converter.payloadCodecs ?? []), concealing(converter)] };
}

/**
 * Changes no payload. What Temporal must read and may not know is said by pseudonyms, as the converter may be there to conceal it.
 */
function concealing({
  payloadCodecs = [],
}: DataConverter): PayloadCodec & Pick<PayloadEncryption, 'pseudonymOf'> {
  const own = payloadCodecs.find((codec): codec is PayloadEncryption => 'pseudonymOf' in codec);
  const { pseudonymOf } = own ?? remoteCodec({ endpoint: '', namespace: '' });
  return { encode: async (payloads) => payloads, decode: async (payloads) => payloads, pseudonymOf };
}
