import type { Settings } from '../platform/settings.ts';
import { createFolderStore } from './folder-store.ts';
import { openBucket } from './s3/bucket.ts';
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
  const objects = openBucket(settings);
  const redirects = settings.s3Downloads === 'redirect';
  return {
    at: ({ folder, prefix }) =>
      prefix === undefined
        ? createFolderStore(folder)
        : createS3Store(objects, s3Prefix + prefix, { redirects }),
  };
}

/** The name of the bucket as a system that jobs need. */
export const storageSystem = 'storage';

/** What a queue whose jobs have files needs for them, for its definition. */
export function storageNeeds(settings: StorageSettings): { needs: string[]; maxWaitMs: number } {
  return settings.storage === 's3'
    ? { needs: [storageSystem], maxWaitMs: settings.s3MaxWaitMs ?? 0 }
    : { needs: [], maxWaitMs: 0 };
}
