import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../platform/errors.ts';
import { hashFile, requireRoom, type StoredFile, sweepFiles, writeAtomically } from '../../platform/files.ts';
import { createFolderStore } from '../../storage/folder-store.ts';
import type { FileStore } from '../../storage/store.ts';
import { storageError } from '../work/storage-errors.ts';

/** How long a temporary file may lie untouched before it counts as left over. Longer than any answer takes to come in. */
const leftOverMs = 60 * 60 * 1000;
/** The same for staged answers, for which their jobs come back; one that waits longer asks for it again. */
const stagedLeftOverMs = 48 * 60 * 60 * 1000;
const leastRoomBytes = 1024 * 1024;
/** Rows name results by this folder below the result root. */
const folder = 'results';
/** How names of staged answers end; the sweep touches nothing else, whatever else lies in the folder. */
const stagedEnding = '.staged.xml';
const temporaryEnding = '.xml.part';
/** By chance, so that a worker thought lost, and the one that took its job over, never write to one file. */
const temporaryName = (name: string) => `${name}.${randomUUID()}${temporaryEnding}`;

/**
 * Where results are kept. An answer is first staged (whole, checked, flushed), then published under its job's id: what
 * fails between the two is done again from the staged copy, without asking for it a second time.
 */
export interface Results {
  /** The staged answer of this run, if an earlier try left one. */
  staged(key: string): Promise<StoredFile | undefined>;
  /** Receives an answer; a disk with less room than `expectedBytes` fails before anything is asked for. */
  stage(
    key: string,
    expectedBytes: number,
    receive: (into: FileHandle) => Promise<{ bytes: number; sha256: string }>,
  ): Promise<StoredFile>;
  /** Copies a staged answer to where results lie, flushed, so that little is left to do to publish it. */
  place(jobId: string, staged: StoredFile): Promise<PlacedResult>;
  discard(staged: StoredFile): Promise<void>;
  /** Removes temporary files that a killed worker left. Answers how many. */
  sweep(): Promise<number>;
}

/** A whole copy of an answer, beside its final place. */
interface PlacedResult {
  /** Gives it that place; the same answer published twice gives the same file. Answers the path that the row names. */
  publish(): Promise<StoredFile>;
  /** Removes a copy that is not to be published. */
  remove(): Promise<void>;
}

/** @param store where results are kept; left out: in the folder `resultRoot` */
export async function createResults(
  { resultRoot, stagingRoot }: { resultRoot: string; stagingRoot: string },
  store: FileStore = createFolderStore(resultRoot),
): Promise<Results> {
  await store.prepare(folder);
  await mkdir(stagingRoot, { recursive: true });
  const failed = (error: unknown): never => {
    throw storageError('the result could not be stored', error, { final: false });
  };

  return {
    async staged(key) {
      const path = join(stagingRoot, `${key}${stagedEnding}`);
      try {
        return { path, ...(await hashFile(path)) };
      } catch (error) {
        if (systemErrorCode(error) === 'ENOENT') return undefined;
        return failed(error);
      }
    },

    async stage(key, expectedBytes, receive) {
      await requireRoom(stagingRoot, Math.max(expectedBytes, leastRoomBytes)).catch(failed);
      let received = { bytes: 0, sha256: '' };
      const path = await writeAtomically(
        stagingRoot,
        `${key}${stagedEnding}`,
        temporaryName(key),
        async (file) => {
          received = await receive(file);
        },
      ).catch(failed);
      return { path, ...received };
    },

    async place(jobId, staged) {
      const { publish, remove } = await store.place(`${folder}/${jobId}.xml`, staged).catch(failed);
      return { remove, publish: async () => ({ ...staged, path: await publish().catch(failed) }) };
    },

    discard: (staged) => rm(staged.path, { force: true }),

    async sweep() {
      const partial = (name: string) => name.endsWith(temporaryEnding);
      const staged = (name: string) => name.endsWith(stagedEnding);
      const inResults = await store.sweep(folder, leftOverMs);
      const inStaging = await sweepFiles(stagingRoot, partial, leftOverMs);
      return inResults + inStaging + (await sweepFiles(stagingRoot, staged, stagedLeftOverMs));
    },
  };
}
