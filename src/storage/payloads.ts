import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { access, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import {
  ExternalStorage,
  type Payload,
  type StorageDriver,
  StorageDriverClaim,
  type StorageDriverRetrieveContext,
  type StorageDriverStoreContext,
  type StorageDriverTargetInfo,
  ValueError,
} from '@temporalio/common';
import { ProtobufJsonPayloadConverter } from '@temporalio/common/lib/protobufs.js';
import proto from '@temporalio/proto';
import { reasonOf, SetupError, systemErrorCode } from '../platform/errors.ts';
import { flushToDisk, writeAtomically } from '../platform/files.ts';
import type { Settings } from '../platform/settings.ts';
import { StoreFailure } from './failures.ts';
import { openBucket } from './s3/bucket.ts';
import type { Objects } from './s3/objects.ts';
import { readWhole } from './s3/read-object.ts';
import { putBytes } from './s3/write-object.ts';
import type { StorageSettings } from './storage.ts';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;
const { ExternalStorageReference: ReferenceMessage } = proto.temporal.api.sdk.v1;

/** As the drivers of Temporal's SDKs have it by default. */
const mostBytes = 50 * 1024 * 1024;
/** A claim holds the lock of its row meanwhile: together with the start it stays under the idle-in-transaction limit. */
export const storeWithinMs = 6_000;
const readWithinMs = 30_000;

export type PayloadSettings = StorageSettings & Pick<Settings, 'externalStorage' | 'payloadRoot'>;

/** The workflow that payloads belong to. */
interface WorkflowOfPayloads {
  namespace: string;
  type: string;
  id: string;
}

/** Where payloads lie. */
interface PayloadPlace {
  /** The driver's name in references. All SDKs' drivers for S3 have the same, so that each reads what another has stored. */
  readonly driver: string;
  readonly type: string;
  /** The name of a payload's file. */
  nameOf(target: StorageDriverTargetInfo | undefined, sha256: string): string;
  /** The place as a reference has it, beside the hash. */
  claimOf(name: string): Record<string, string>;
  /** @throws {ValueError} where the claim names another place */
  nameIn(claim: Record<string, string>): string;
  write(name: string, content: Uint8Array, sha256: string, signal: AbortSignal): Promise<void>;
  /** @throws the system's `ENOENT` where it is gone */
  read(name: string, signal: AbortSignal): Promise<Uint8Array>;
  removeOf(workflow: WorkflowOfPayloads): Promise<void>;
}

/**
 * Keeps large payloads where `STORAGE` says, as a driver of Temporal's External Storage. Content is named by its SHA-256, so the same is
 * stored once for a workflow, and what was changed is not read.
 */
class PayloadDriver implements StorageDriver {
  readonly #place: PayloadPlace;

  constructor(place: PayloadPlace) {
    this.#place = place;
  }

  get name(): string {
    return this.#place.driver;
  }

  get type(): string {
    return this.#place.type;
  }

  /** @throws {StoreFailure} while the store is away; {ValueError} for a payload that it can never take */
  store(
    { target, abortSignal }: StorageDriverStoreContext,
    payloads: Payload[],
  ): Promise<StorageDriverClaim[]> {
    return Promise.all(
      payloads.map(async (payload) => {
        const content = PayloadMessage.encode(payload).finish();
        if (content.length > mostBytes)
          throw new ValueError(`a payload of ${content.length} bytes; ${mostBytes} are stored at most`);
        const sha256 = sha256Of(content);
        const name = this.#place.nameOf(target, sha256);
        await within(storeWithinMs, abortSignal, (signal) =>
          this.#place.write(name, content, sha256, signal),
        );
        return new StorageDriverClaim({ ...this.#place.claimOf(name), ...hashFields(sha256) });
      }),
    );
  }

  /** @throws {StoreFailure} while the store is away; {ValueError} for what is gone, was changed or lies elsewhere */
  retrieve({ abortSignal }: StorageDriverRetrieveContext, claims: StorageDriverClaim[]): Promise<Payload[]> {
    return Promise.all(
      claims.map(async ({ claimData }) => {
        const name = this.#place.nameIn(claimData);
        const expected = hashIn(claimData);
        const content = await within(readWithinMs, abortSignal, (signal) =>
          this.#place.read(name, signal),
        ).catch((error: unknown) => {
          if (!(error instanceof StoreFailure) && systemErrorCode(error) === 'ENOENT')
            throw new ValueError(`the stored payload ${name} is no longer there`);
          throw error;
        });
        if (sha256Of(content) !== expected) throw new ValueError(`the stored payload ${name} was changed`);
        return PayloadMessage.decode(content);
      }),
    );
  }

  /** Removes all payloads of a workflow: its input, what its workers have stored, and its result. */
  removeOf(workflow: WorkflowOfPayloads): Promise<void> {
    return this.#place.removeOf(workflow);
  }
}

/**
 * Keeps payloads of 256 KiB and more out of Temporal; `undefined`: they are not kept outside.
 * @throws {SetupError} when the bucket is not named, the folder cannot be made, or the SDK cannot write references as it is installed
 */
export function createExternalStorage(settings: PayloadSettings): ExternalStorage | undefined {
  if (settings.externalStorage !== 'on') return undefined;
  requireOneProtobufjs();
  const place =
    settings.storage === 's3'
      ? bucketPlace(openBucket(settings))
      : folderPlace(madeFolder(settings.payloadRoot ?? resolve('.data/payloads')));
  return new ExternalStorage({ drivers: [new PayloadDriver(place)] });
}

/** Of two copies of protobufjs, which npm installs as it finds room for them, one does not know the types of the other. */
function requireOneProtobufjs(): void {
  try {
    new ProtobufJsonPayloadConverter(proto).toPayload(ReferenceMessage.create({ driverName: 'any' }));
  } catch (error) {
    throw new SetupError(
      "TEMPORAL_EXTERNAL_STORAGE=on needs one copy of protobufjs for all packages of Temporal's SDK: npm install protobufjs@8, and see npm ls protobufjs",
      { cause: error },
    );
  }
}

/** Made once, at the start: later it is missing because its disk is. */
function madeFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw new SetupError(`PAYLOAD_ROOT names ${path}, which cannot be made: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** What keeps the large payloads of a client, where that is ours. */
export const payloadStoreOf = (client: Client): Pick<PayloadDriver, 'removeOf'> | undefined =>
  client.options.loadedDataConverter.externalStorage?.drivers.find(
    (driver) => driver instanceof PayloadDriver,
  );

/**
 * Keys as all SDKs' drivers write them, which know no prefix: what workers have stored is found beside what a starter has.
 * https://github.com/temporalio/sdk-typescript/tree/main/contrib/external-storage-s3#s3-storage-key-specification
 */
function bucketPlace(objects: Objects): PayloadPlace {
  const { bucket } = objects;
  const ofWorkflow = ({ namespace, type, id }: { namespace: string; type?: string; id?: string }) =>
    `v0/ns/${segment(namespace)}/wt/${segment(type)}/wi/${segment(id)}/`;
  const folderOf = (target: StorageDriverTargetInfo | undefined): string => {
    if (target === undefined) return 'v0/';
    if (target.kind === 'workflow') return `${ofWorkflow(target)}ri/${segment(target.runId)}/`;
    const { namespace, type, id, runId } = target;
    return `v0/ns/${segment(namespace)}/at/${segment(type)}/ai/${segment(id)}/ri/${segment(runId)}/`;
  };
  return {
    driver: 'aws.s3driver',
    type: 'aws.s3driver',
    nameOf: (target, sha256) => `${folderOf(target)}d/sha256/${sha256}`,
    claimOf: (key) => ({ bucket, key }),
    nameIn({ bucket: named = '', key = '' }) {
      if (named !== bucket)
        throw new ValueError(`the stored payload lies in the bucket "${named}"; "${bucket}" alone is read`);
      // The bucket's other files are not payloads.
      if (!key.startsWith('v0/'))
        throw new ValueError(`the stored payload has the key "${key}", not one below v0/`);
      return key;
    },
    write: (key, content, sha256, signal) => putBytes(objects, key, { content, sha256 }, signal),
    read: (key, signal) => readWhole(objects, key, mostBytes, signal),
    async removeOf({ namespace, type, id }) {
      await objects.removeBelow(ofWorkflow({ namespace, type, id }));
      // Signals, and results of children, are stored by clients that do not know the type.
      await objects.removeBelow(ofWorkflow({ namespace, id }));
    },
  };
}

/** A folder for each workflow. Its name is a hash, as a workflow id may be longer than a file's name. */
function folderPlace(root: string): PayloadPlace {
  const ofWorkflow = (namespace: string | undefined, id: string | undefined) =>
    sha256Of(JSON.stringify([namespace, id]));
  const asFailure = (error: unknown): never => {
    const code = systemErrorCode(error) ?? 'UNKNOWN';
    throw new StoreFailure(`the folder of payloads: ${code}`, code, 'refuses', { cause: error });
  };
  return {
    driver: 'switchyard.folder',
    type: 'switchyard.folder',
    nameOf: (target, sha256) => `${ofWorkflow(target?.namespace, target?.id)}/${sha256}`,
    claimOf: (path) => ({ path }),
    nameIn({ path = '' }) {
      if (!/^[0-9a-f]{64}\/[0-9a-f]{64}$/.test(path))
        throw new ValueError(`the stored payload has the path "${path}", which is not that of a payload`);
      return path;
    },
    async write(path, content) {
      const [folder = '', name = ''] = path.split('/');
      const own = join(root, folder);
      try {
        if (await isThere(join(own, name))) return;
        await mkdir(own).then(() => flushToDisk(root), unlessThere);
        await writeAtomically(own, name, `${name}.${randomUUID()}.part`, (file) => file.writeFile(content));
      } catch (error) {
        asFailure(error);
      }
    },
    async read(path) {
      try {
        if ((await stat(join(root, path))).size > mostBytes) throw new ValueError(`${path} is too large`);
        return await readFile(join(root, path));
      } catch (error) {
        if (error instanceof ValueError) throw error;
        // A folder that is not mounted has lost nothing.
        if (systemErrorCode(error) === 'ENOENT' && (await isThere(root))) throw error;
        return asFailure(error);
      }
    },
    removeOf: ({ namespace, id }) =>
      rm(join(root, ofWorkflow(namespace, id)), { recursive: true, force: true }),
  };
}

function unlessThere(error: unknown): void {
  if (systemErrorCode(error) !== 'EEXIST') throw error;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );

/** A part of a key: all but S3's safe characters is escaped, and what is not known is `null`. */
const segment = (text: string | undefined): string =>
  text ? encodeURIComponent(text.toWellFormed()).replaceAll('~', '%7E') : 'null';

/** Under the names that the drivers of Go, Python and .NET read, and under those of TypeScript's. */
const hashFields = (sha256: string): Record<string, string> => ({
  hash_algorithm: 'sha256',
  hash_value: sha256,
  hashAlgorithm: 'sha256',
  hashValue: sha256,
});

function hashIn(claim: Record<string, string>): string {
  const algorithm = claim['hash_algorithm'] ?? claim['hashAlgorithm'];
  const value = claim['hash_value'] ?? claim['hashValue'];
  if (algorithm === 'sha256' && value !== undefined) return value;
  throw new ValueError('the reference to a stored payload has no SHA-256');
}

const sha256Of = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

async function within<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = AbortSignal.timeout(ms);
  try {
    return await work(outer === undefined ? late : AbortSignal.any([late, outer]));
  } catch (error) {
    if (!late.aborted) throw error;
    throw new StoreFailure(`the store: no answer within ${ms} ms`, 'ETIMEDOUT', 'silent', { cause: error });
  }
}
