import { open, stat } from 'node:fs/promises';
import { realPathInside, storageError } from 'pg-switchyard';
import { ErrorCode, JobError } from 'pg-switchyard/errors';

/**
 * The real path of an upload that a row names: inside the root also after every symbolic link is followed, and a
 * regular file of at most `maxBytes`.
 * @throws {JobError} `IO_ERROR` or `TOO_LARGE`, both final
 */
export async function resolveUpload(
  root: string,
  path: string,
  maxBytes: number,
): Promise<{ path: string; bytes: number }> {
  try {
    const real = await realPathInside(root, path);
    if (real === undefined) {
      throw new JobError(ErrorCode.IO_ERROR, 'the upload lies outside the upload root', { retryable: false });
    }
    const { size, isFile } = await stat(real).then((s) => ({ size: s.size, isFile: s.isFile() }));
    if (!isFile)
      throw new JobError(ErrorCode.IO_ERROR, 'the upload is not a regular file', { retryable: false });
    if (size > maxBytes) {
      throw new JobError(ErrorCode.TOO_LARGE, `the upload has ${size} bytes, over the limit of ${maxBytes}`, {
        retryable: false,
      });
    }
    await (await open(real, 'r')).close();
    return { path: real, bytes: size };
  } catch (error) {
    throw storageError('the upload is missing or cannot be read', error, { final: true });
  }
}
