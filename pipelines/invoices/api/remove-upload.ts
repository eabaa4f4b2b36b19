import type { FileStore, Logger } from 'pg-switchyard';

/** Removes the file of an upload that makes no job. What cannot be removed now is an orphan, which the reconciler removes. */
export const removeUpload = (uploads: FileStore, name: string, log: Pick<Logger, 'warn'>): Promise<void> =>
  uploads.remove(name).catch((error: unknown) => {
    log.warn({ err: error, file: name }, 'the file of an upload that failed could not be removed');
  });
