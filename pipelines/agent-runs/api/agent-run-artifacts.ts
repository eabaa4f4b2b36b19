import { type FileHandle, open } from 'node:fs/promises';
import { realPathInside, systemErrorCode } from 'pg-switchyard';
import type { RunRow } from './agent-run-view.ts';

/**
 * A file that the last attempt left, or is writing; `undefined`: it is not there. The names are the run's own, and whatever
 * they are, nothing outside the root is opened.
 */
export async function openArtifact(
  resultRoot: string,
  row: Pick<RunRow, 'id' | 'attempt'>,
  name: string,
): Promise<FileHandle | undefined> {
  try {
    const real = await realPathInside(resultRoot, `agent-runs/${row.id}/${row.attempt}/${name}`);
    return real === undefined ? undefined : await open(real, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
