import { describe, expect, test } from 'vitest';
import { storageError } from '../../../src/activities/work/storage-errors.ts';
import { ErrorCode, JobError } from '../../../src/platform/errors.ts';

describe('a storage error', () => {
  const systemError = (code: string) => Object.assign(new Error(`${code}: open '/srv/secret'`), { code });

  test.each(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ESTALE', 'EROFS', 'EACCES', 'ENOENT'])(
    '%s of the result is tried again',
    (code) => {
      const error = storageError('not stored', systemError(code), { final: false });
      expect(error).toMatchObject({
        code: ErrorCode.IO_ERROR,
        retryable: true,
        message: `not stored (${code})`,
      });
    },
  );

  test.each(['ENOTDIR', 'EISDIR', 'ENAMETOOLONG'])('%s is final: no time mends it', (code) => {
    expect(storageError('not stored', systemError(code), { final: false })).toMatchObject({
      retryable: false,
    });
  });

  test('of an upload is final whatever it was', () => {
    expect(storageError('x', systemError('EIO'), { final: true })).toMatchObject({ retryable: false });
  });

  test('that is a job’s failure already stays what it is', () => {
    const failure = new JobError('CARRIER_SILENT', 'late', { retryable: true });
    expect(storageError('x', failure, { final: true })).toBe(failure);
  });
});
