import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

/** Bundles the workflows that `entry` exports into `path`; whoever reads it sees it whole or not at all. */
export async function writeBundle(entry: string, path: string): Promise<void> {
  const { code } = await bundleWorkflowCode({ workflowsPath: entry });
  const temporary = `${path}.${process.pid}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, code);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
