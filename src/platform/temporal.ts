import {
  Client,
  Connection,
  type ConnectionOptions,
  isGrpcServiceError,
  ServiceError,
  type WorkflowClientInterceptor,
} from '@temporalio/client';
import type { DataConverter, ExternalStorage } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { readDataConverter } from './data-converter.ts';
import { environment } from './environment.ts';
import { SetupError } from './errors.ts';
import type { PayloadEncryption } from './payload-encryption.ts';
import { isCodecAway } from './remote-codec.ts';
import { chooseSearchAttributes, lacksSearchAttributes } from './search-attributes.ts';
import type { SearchAttributeChoice } from './settings.ts';
import { stoppableRetries, untilAborted } from './temporal-calls.ts';

/** Address, TLS, API key and namespace, as Temporal's own environment configuration says (`TEMPORAL_*`, profiles). */
export interface TemporalConfig {
  connection: ConnectionOptions;
  namespace: string;
  /** How payloads travel; the same for clients and workers. */
  dataConverter: DataConverter;
  /** Which search attributes workflows are started with; left out: all. */
  searchAttributes?: SearchAttributeChoice | undefined;
}

/**
 * Reads Temporal's environment configuration: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`,
 * `TEMPORAL_TLS…`, `TEMPORAL_PROFILE` and its file; with what our settings say of payloads.
 * https://docs.temporal.io/develop/environment-configuration
 * @param externalStorage where large payloads are kept; left out: in Temporal
 * @throws {SetupError} for an address with a scheme, a profile or a file that is not there, and for two settings of how payloads travel
 */
export function loadTemporalConfig(
  settings: Parameters<typeof readDataConverter>[0] & { searchAttributes?: SearchAttributeChoice },
  externalStorage?: ExternalStorage,
): TemporalConfig {
  const { connectionOptions, namespace } = readEnvironmentConfig();
  const { address, apiKey } = connectionOptions;
  if (address?.includes('/')) {
    throw new SetupError(
      `TEMPORAL_ADDRESS must be host:port without a scheme (default localhost:7233), got ${JSON.stringify(address)}`,
    );
  }
  if (typeof apiKey === 'string' && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new SetupError(
      'TEMPORAL_API_KEY must be one word of printable ASCII characters, got a value that is not shown; is there a line break in it?',
    );
  }
  const known = namespace ?? 'default';
  return {
    connection: connectionOptions,
    namespace: known,
    dataConverter: readDataConverter(settings, known, externalStorage),
    searchAttributes: settings.searchAttributes,
  };
}

function readEnvironmentConfig(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: givenVariables() });
  } catch (error) {
    // The library reads a profile from a list that a file without any does not have.
    const why =
      error instanceof TypeError
        ? `the file ${JSON.stringify(environment()['TEMPORAL_CONFIG_FILE'] ?? 'temporal.toml')} has no profile; write [profile.default] into it, or name no file`
        : messageOf(error);
    throw new SetupError(
      `Temporal's environment configuration (TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE …) cannot be used: ${why}`,
    );
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** An empty variable counts as not set, as with our own settings; a header's says that it is left out. */
function givenVariables(): Record<string, string> {
  const given = (entry: [string, string | undefined]): entry is [string, string] =>
    entry[1] !== undefined && (entry[1] !== '' || entry[0].startsWith('TEMPORAL_GRPC_META_'));
  return Object.fromEntries(Object.entries(environment()).filter(given));
}

/** How what the client sends to Temporal is encrypted, so that nothing else may say the same in the open; `undefined`: it is not. */
export const encryptionOf = (client: Client): PayloadEncryption | undefined =>
  client.options.loadedDataConverter.payloadCodecs.find(
    (codec): codec is PayloadEncryption => 'pseudonymOf' in codec,
  );

/**
 * How soon a lost connection is tried again, in milliseconds. gRPC's own pause grows to two minutes: after an outage of some minutes every call
 * would fail for another two, although Temporal has long been back.
 */
const reconnecting = { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 5_000 };

/** A client whose connection is made at the first call, so that a process can start while Temporal is away. */
export function createTemporalClient(
  config: TemporalConfig,
  identity: string,
  interceptors: readonly WorkflowClientInterceptor[] = [],
): Client {
  const { channelArgs, ...options } = config.connection;
  const connection = Connection.lazy({
    interceptors: [stoppableRetries],
    ...options,
    channelArgs: { ...reconnecting, ...channelArgs },
  });
  // The SDK's own keeps a listener of each call for as long as the signal lives, and does not stop one that is tried again.
  connection.withAbortSignal = untilAborted;
  const { namespace, dataConverter, searchAttributes } = config;
  const client = new Client({
    connection,
    namespace,
    identity,
    dataConverter,
    interceptors: { workflow: [...interceptors] },
  });
  if (searchAttributes !== undefined) chooseSearchAttributes(client, searchAttributes);
  return client;
}

/** gRPC's own numbers. https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const status = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  UNAVAILABLE: 14,
};
/**
 * Whether Temporal refused this one start, for what it holds. Another kind of refusal (no right, no such namespace, too many
 * requests) is of all of them.
 */
export function isRefusalOfOne(error: unknown): boolean {
  if (isCodecAway(error)) return false;
  const said = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(said)) return true;
  if (said.code === status.RESOURCE_EXHAUSTED) return /larger than max/i.test(said.details);
  return said.code === status.INVALID_ARGUMENT && !lacksSearchAttributes(error);
}

/** What Temporal said when it refused. */
export function refusalOf(error: unknown): string {
  const said = error instanceof ServiceError ? error.cause : error;
  if (isGrpcServiceError(said)) return said.details;
  return said instanceof Error ? said.message : String(said);
}

/** Whether Temporal was out of reach, as opposed to having refused. The client wraps what gRPC said. */
export function isTemporalAway(error: unknown): boolean {
  const said = error instanceof ServiceError ? error.cause : error;
  return (
    isGrpcServiceError(said) && (said.code === status.UNAVAILABLE || said.code === status.DEADLINE_EXCEEDED)
  );
}
