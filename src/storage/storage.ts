import { SetupError } from '../platform/errors.ts';
import type { Settings } from '../platform/settings.ts';
import { createFolderStore } from './folder-store.ts';
import { openS3, type S3 } from './s3/client.ts';
import { Objects } from './s3/objects.ts';
import { createS3Store } from './s3/store.ts';
import type { FilePlace, FileStore } from './store.ts';

/** Where a process keeps files. */
export interface Storage {
  at(place: FilePlace): FileStore;
}

/** What says where files are kept; all of it left out: in folders. */
export type StorageSettings = Pick<
  Settings,
  | 'storage'
  | 's3Bucket'
  | 's3Endpoint'
  | 's3Region'
  | 's3Prefix'
  | 's3PathStyle'
  | 's3Downloads'
  | 's3MaxWaitMs'
>;

/** Files in the folders of their places. */
export const folderStorage: Storage = { at: ({ folder }) => createFolderStore(folder) };

/**
 * Files where the settings say. Nothing is reached before a file is.
 * @throws {SetupError} when the bucket is not named
 */
export function createStorage(settings: StorageSettings): Storage {
  if (settings.storage !== 's3') return folderStorage;
  const { s3Prefix = '' } = settings;
  const objects = objectsOf(settings);
  const redirects = settings.s3Downloads === 'redirect';
  return {
    at: ({ folder, prefix }) =>
      prefix === undefined
        ? createFolderStore(folder)
        : createS3Store(objects, s3Prefix + prefix, { redirects }),
  };
}

/** @throws {SetupError} when the bucket is not named */
export function objectsOf(settings: StorageSettings): Objects {
  const { s3Bucket: bucket } = settings;
  if (bucket === undefined) throw new SetupError('STORAGE=s3 needs the name of a bucket: set S3_BUCKET');
  let opened: Promise<S3> | undefined;
  return new Objects(bucket, () => {
    opened ??= openS3({
      bucket,
      endpoint: settings.s3Endpoint,
      region: settings.s3Region,
      pathStyle: settings.s3PathStyle === 'on',
    });
    return opened;
  });
}

/** The name of the bucket as a system that jobs need. */
export const storageSystem = 'storage';

/** What a queue whose jobs have files needs for them, for its definition. */
export function storageNeeds(settings: StorageSettings): { needs: string[]; maxWaitMs: number } {
  return settings.storage === 's3'
    ? { needs: [storageSystem], maxWaitMs: settings.s3MaxWaitMs ?? 0 }
    : { needs: [], maxWaitMs: 0 };
}
