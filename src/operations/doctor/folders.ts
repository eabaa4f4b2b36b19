import { access, constants, stat, statfs } from 'node:fs/promises';
import { reasonOf, systemErrorCode } from '../../platform/errors.ts';
import { createStorage, type StorageSettings } from '../../storage/storage.ts';
import type { Finding } from '../views.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';

/** The folders of applications whose jobs have files: whether this process can write there, and whether there is room; and the bucket. */
export const folders: Check = {
  name: 'the folders of files',
  needs: ['queues'],
  async find({ settings, queues, limits }) {
    if (!queues.some(({ definition }) => definition?.files !== undefined)) return [];
    const given = { RESULT_ROOT: settings.resultRoot, STAGING_ROOT: settings.stagingRoot };
    const findings = await Promise.all(
      Object.entries(given).map(([name, folder]) => folderFindings(name, folder, limits.diskBytes)),
    );
    return [...findings.flat(), ...(await bucketFindings(settings))];
  },
};

async function bucketFindings(settings: StorageSettings): Promise<Finding[]> {
  if (settings.storage !== 's3') return [];
  return createStorage(settings)
    .at({ folder: '', prefix: '' })
    .check()
    .then(
      () => [],
      (error: unknown) => [
        found(
          'BUCKET_AWAY',
          settings.s3Bucket ?? '',
          `the bucket of files cannot be used from here: ${error instanceof Error ? error.message : error}`,
          'Check STORAGE, the settings that begin with S3_, the credentials and the rights: docs/storage.md.',
        ),
      ],
    );
}

async function folderFindings(name: string, folder: string, least: number): Promise<Finding[]> {
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('it is no folder');
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    // Processes make it at their start.
    return systemErrorCode(error) === 'ENOENT' ? [] : [notWritable(name, folder, reasonOf(error))];
  }
  const { bavail, bsize } = await statfs(folder);
  const left = bavail * bsize;
  return left >= least
    ? []
    : [
        found(
          'DISK_NEARLY_FULL',
          name,
          `the disk of ${folder} has ${Math.floor(left / 1024 ** 2)} MiB left`,
          'Make room, or let retention remove old jobs with their files: RETENTION_JOBS_DAYS.',
        ),
      ];
}

const notWritable = (name: string, folder: string, why: string): Finding =>
  found(
    'FOLDER_NOT_WRITABLE',
    name,
    `files cannot be written to ${folder}: ${why}`,
    'Give the processes a folder that they may write to.',
  );
