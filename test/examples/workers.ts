import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = resolve('node_modules/.cache/switchyard');

/** What starts the worker of an example. */
export interface WorkerCommand {
  command: string;
  args: string[];
}

/** Go's own cache makes it quick the second time. */
export async function buildGoWorker(example: string): Promise<WorkerCommand> {
  const program = join(cache, 'go-worker', 'worker');
  await run('go', ['build', '-o', program, '.'], { cwd: example });
  return { command: program, args: [] };
}

/** In an environment of its own, made once for these requirements. */
export async function installPythonWorker(example: string): Promise<WorkerCommand> {
  const requirements = join(resolve(example), 'requirements.txt');
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cache, `python-${hash}`);
  if (!existsSync(folder)) await makeEnvironment(folder, requirements);
  return { command: join(folder, 'bin/python'), args: ['-B', join(resolve(example), 'worker.py')] };
}

/** With the packages of this repository. */
export async function findNodeWorker(example: string): Promise<WorkerCommand> {
  return { command: process.execPath, args: [join(resolve(example), 'worker.ts')] };
}

/** In a folder that gets its name last, so that an installation that broke off is not taken for one. */
async function makeEnvironment(folder: string, requirements: string): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  await run('python3', ['-m', 'venv', unfinished]);
  await run(join(unfinished, 'bin/python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--requirement',
    requirements,
  ]);
  await rename(unfinished, folder);
}
