import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const cache = resolve('node_modules/.cache/switchyard');

/** The oldest Node that `engines` of the example allows: installs it once, and says where its program is. */
export async function installOldestNode(): Promise<string> {
  const { engines } = JSON.parse(await readFile('examples/parcels/package.json', 'utf8')) as {
    engines: { node: string };
  };
  const version = `${engines.node.replace('>=', '')}.0`;
  const folder = join(cache, `node-${version}`);
  if (!existsSync(folder)) await install(version, folder);
  return join(folder, 'node_modules/node/bin/node');
}

/** In a folder that gets its name last, so that an installation that broke off is not taken for one. */
async function install(version: string, folder: string): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const args = ['install', '--prefix', unfinished, '--no-audit', '--no-fund', `node@${version}`];
  await promisify(execFile)('npm', args, { cwd: unfinished });
  await rename(unfinished, folder);
}
