import { execFile } from 'node:child_process';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Copies an example into `folder`, and installs the package there from its tarball, as outside this repository. */
export async function installExample(name: string, folder: string): Promise<void> {
  await run(process.execPath, ['scripts/build.ts']);
  await cp(join('examples', name), folder, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder, './dist']);
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as object;
  const dependencies = { 'pg-switchyard': `file:${stdout.trim()}` };
  const installed = { ...manifest, dependencies, devDependencies: {} };
  await writeFile(join(folder, 'package.json'), JSON.stringify(installed));
  await run('npm', ['install', '--legacy-peer-deps', '--ignore-scripts', '--prefer-offline'], {
    cwd: folder,
  });
  // Temporal's own packages are large; those of this repository will do.
  await symlink(resolve('node_modules/@temporalio'), join(folder, 'node_modules/@temporalio'));
}
