import { ErrorCode, JobError, systemErrorCode } from '../../platform/errors.ts';
import { storeFailureOf } from '../../storage/failures.ts';
import { CopyFailure } from '../../storage/store.ts';

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

export const mayPass = (error: unknown): boolean =>
  passing.has(systemErrorCode(error) ?? '') || storeFailureOf(error) !== undefined;

/**
 * A storage error as a job's failure. `final` makes any error final, except one of a store that is out of order or of this machine's disk.
 * The path stays out of the message.
 */
export function storageError(what: string, error: unknown, options: { final: boolean }): JobError {
  if (error instanceof JobError) return error;
  if (error instanceof CopyFailure)
    return new JobError(
      ErrorCode.IO_ERROR,
      `${what}: ${error.message} (${systemErrorCode(error) ?? 'unknown error'})`,
      {
        retryable: true,
        cause: error,
      },
    );
  const away = storeFailureOf(error);
  if (away !== undefined)
    return new JobError(ErrorCode.IO_ERROR, `${what} (${away.message})`, {
      retryable: away.says !== 'answers',
      cause: away,
    });
  const code = systemErrorCode(error);
  return new JobError(ErrorCode.IO_ERROR, `${what}${code === undefined ? '' : ` (${code})`}`, {
    retryable:
      !options.final && (code === undefined || passing.has(code) || code === 'ENOENT' || code === 'EACCES'),
    cause: error,
  });
}
