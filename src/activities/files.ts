import { open, stat } from 'node:fs/promises';
import { ErrorCode, JobError, systemErrorCode } from '../platform/errors.ts';
import { realPathInside } from '../platform/files.ts';

/** The disk is full or the quota is used up, or the storage stumbled: another try may find it mended. */
const passing = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'EBUSY',
  'EAGAIN',
  'ESTALE',
  'EROFS',
]);

export const mayPass = (error: unknown): boolean => passing.has(systemErrorCode(error) ?? '');

/** A storage error as a job's failure. `final` says so whatever the error was. The path stays out of the message. */
export function storageError(what: string, error: unknown, options: { final: boolean }): JobError {
  if (error instanceof JobError) return error;
  const code = systemErrorCode(error);
  return new JobError(ErrorCode.IO_ERROR, `${what}${code === undefined ? '' : ` (${code})`}`, {
    retryable:
      !options.final && (code === undefined || passing.has(code) || code === 'ENOENT' || code === 'EACCES'),
    cause: error,
  });
}

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
