import {
  type FileStore,
  type LocalFile,
  NotAFile,
  OutsideStore,
  type StoredContent,
  storageError,
} from 'pg-switchyard';
import { ErrorCode, JobError } from 'pg-switchyard/errors';

/**
 * An upload that a row names: a regular file of at most `maxBytes`, inside the store also after every symbolic link is followed.
 * @throws {JobError} `IO_ERROR` or `TOO_LARGE`, both final
 */
export async function openUpload(store: FileStore, path: string, maxBytes: number): Promise<StoredContent> {
  const upload = await store.open(path).catch(rethrowUnreadable);
  if (upload.bytes <= maxBytes) return upload;
  await upload.close();
  throw tooLarge(upload.bytes, maxBytes);
}

/**
 * The same as a file of this machine: where it is kept elsewhere it is copied to `copy`, which the caller removes.
 * @throws {JobError} `IO_ERROR` or `TOO_LARGE`, both final
 */
export async function localUpload(
  store: FileStore,
  path: string,
  maxBytes: number,
  copy: string,
): Promise<LocalFile> {
  const upload = await store.local(path, copy, maxBytes).catch(rethrowUnreadable);
  if (upload.bytes > maxBytes) throw tooLarge(upload.bytes, maxBytes);
  return upload;
}

function rethrowUnreadable(error: unknown): never {
  const refused = (why: string) =>
    new JobError(ErrorCode.IO_ERROR, `the upload ${why}`, { retryable: false, cause: error });
  if (error instanceof OutsideStore) throw refused('lies outside the upload root');
  if (error instanceof NotAFile) throw refused('is not a regular file');
  throw storageError('the upload is missing or cannot be read', error, { final: true });
}

const tooLarge = (bytes: number, maxBytes: number) =>
  new JobError(ErrorCode.TOO_LARGE, `the upload has ${bytes} bytes, over the limit of ${maxBytes}`, {
    retryable: false,
  });
