import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = resolve('node_modules/.cache/switchyard');
const lockExpiresMs = 5 * 60_000;

/** Copies an example into `folder`, and installs the package there from its tarball, as outside this repository. */
export async function installExample(name: string, folder: string): Promise<void> {
  await cp(join('examples', name), folder, { recursive: true });
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  const own = Object.entries(manifest.dependencies ?? {}).filter(([name]) => !isPeer(name));
  await install(folder, { ...manifest, dependencies: Object.fromEntries(own), devDependencies: {} });
}

/** The package alone, as `npx` has it. */
export async function installCommand(folder: string): Promise<void> {
  await install(folder, { private: true, dependencies: {} });
}

interface Manifest {
  private?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** Temporal's own packages are large; those of this repository will do. */
const isPeer = (name: string) => name.startsWith('@temporalio/');

async function install(folder: string, manifest: Manifest): Promise<void> {
  const dependencies = { ...manifest.dependencies, 'pg-switchyard': `file:${await packedPackage()}` };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, dependencies }));
  await run('npm', ['install', '--legacy-peer-deps', '--ignore-scripts', '--prefer-offline'], {
    cwd: folder,
  });
  await symlink(resolve('node_modules/@temporalio'), join(folder, 'node_modules/@temporalio'));
}

/** The tarball of the package as the sources are now, made once for all files of tests. */
export async function packedPackage(): Promise<string> {
  const tarball = join(cache, `pg-switchyard-${await hashOfSources()}.tgz`);
  await mkdir(cache, { recursive: true });
  while (!existsSync(tarball)) {
    if (!(await takeLock(`${tarball}.lock`))) {
      await sleep(500);
      continue;
    }
    const folder = await mkdtemp(join(cache, 'package-'));
    try {
      await rename(await pack(folder), tarball);
    } finally {
      await rm(folder, { recursive: true });
      await rm(`${tarball}.lock`, { recursive: true });
    }
  }
  return tarball;
}

/** Whether this file of tests makes the tarball. The lock of one that was killed while it did so counts for some minutes. */
async function takeLock(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > lockExpiresMs) await rm(lock, { recursive: true, force: true });
    return false;
  }
}

/** Builds and packs the package into a folder. Answers the path of the tarball. */
export async function pack(folder: string): Promise<string> {
  await run(process.execPath, ['scripts/build.ts', join(folder, 'dist')]);
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder, join(folder, 'dist')]);
  return join(folder, packed.stdout.trim());
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of ['src', 'migrations', 'scripts']) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    for (const file of files.sort()) hash.update(file).update(await readFile(file));
  }
  return hash
    .update(await readFile('tsconfig.build.json'))
    .digest('hex')
    .slice(0, 16);
}
