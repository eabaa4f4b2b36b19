import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('./moto.requirements.txt', import.meta.url));
const packages = fileURLToPath(
  new URL('../../../node_modules/.cache/switchyard/moto-5.2.5', import.meta.url),
);

/**
 * The folder with the Python packages of moto's S3 server, installed by pip once (110 MB).
 * @throws when there is no Python with pip, or no registry
 */
export async function findMoto(): Promise<string> {
  const isThere = await access(packages).then(
    () => true,
    () => false,
  );
  if (!isThere) await install();
  return packages;
}

async function install(): Promise<void> {
  await mkdir(dirname(packages), { recursive: true });
  const folder = await mkdtemp(join(dirname(packages), 'moto-'));
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    await run('python3', [...pip, '--only-binary=:all:', '--target', folder, '-r', requirements]);
    await rename(folder, packages);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
