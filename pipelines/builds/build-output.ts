import { lstat, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { JobError, mayPass, realPathInside, storageError, systemErrorCode } from 'pg-switchyard';
import { type Artifact, NoArtifact, packArtifact } from './artifacts.ts';
import { BuildErrorCode } from './error-codes.ts';

/**
 * Makes the artifact of what the build left in the folder `output` of its repository.
 * @throws {JobError} `BUILD_FAILED`, final, where that makes none; `IO_ERROR` where the worker's storage stands in the way
 */
export async function packOutput(
  source: string,
  output: string,
  file: string,
  maxBytes: number,
): Promise<Artifact> {
  try {
    const folder = await realPathInside(source, output);
    if (folder === undefined)
      throw new NoArtifact(`${output} is no folder below the repository, or leads out of it`);
    if (!(await stat(folder)).isDirectory()) throw new NoArtifact(`${output} is not a folder`);
    return await packArtifact(folder, file, maxBytes).catch((error: unknown) => {
      throw error instanceof NoArtifact
        ? error
        : storageError('the artifact cannot be written', error, { final: false });
    });
  } catch (error) {
    if (error instanceof JobError) throw error;
    if (mayPass(error)) throw storageError('the output of the build cannot be read', error, { final: false });
    const why =
      error instanceof NoArtifact ? error.message : await whyNoFolder(resolve(source, output), output, error);
    throw new JobError(BuildErrorCode.BUILD_FAILED, `the output of the build: ${why}`, {
      retryable: false,
      cause: error,
    });
  }
}

async function whyNoFolder(path: string, output: string, error: unknown): Promise<string> {
  const code = systemErrorCode(error);
  if (code !== 'ENOENT') return `${output} cannot be read (${code ?? String(error)})`;
  const isLink = await lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  return isLink
    ? `${output} is a link that leads nowhere`
    : `the build made no folder ${output} in the repository`;
}
