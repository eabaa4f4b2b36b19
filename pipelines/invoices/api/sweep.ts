import { type FileStore, type Logger, sweepFiles } from 'pg-switchyard';

/** The name that an upload has until it is a job's. */
export const temporaryNameOf = (jobId: string): string => `${jobId}.pdf.part`;
/** What the sweep may remove, and nothing else: the folder may hold documents of others. */
const temporaryName = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.pdf\.part$/;

const everyMs = 10 * 60 * 1000;
/** How long a temporary file may lie untouched before it counts as left over: longer than any request may take. */
const leftOverMs = 60 * 60 * 1000;

/** Removes temporary uploads that a killed process left. Answers how many. */
export function sweepUploads(uploadRoot: string, now = Date.now()): Promise<number> {
  return sweepFiles(uploadRoot, (name) => temporaryName.test(name), leftOverMs, now);
}

/**
 * Sweeps now and every ten minutes, until the answer is called.
 * @param places the folder of uploads, and the store that they are kept in where that is another
 */
export function keepSweeping(places: { uploadRoot: string; uploads?: FileStore }, log: Logger): () => void {
  const sweepAll = async () =>
    (await sweepUploads(places.uploadRoot)) + ((await places.uploads?.sweep('.', leftOverMs)) ?? 0);
  const sweep = () =>
    void sweepAll().then(
      (files) => files > 0 && log.info({ files }, 'left-over uploads removed'),
      (error: unknown) => log.warn({ err: error }, 'the sweep of left-over uploads failed'),
    );
  sweep();
  const timer = setInterval(sweep, everyMs);
  return () => clearInterval(timer);
}
