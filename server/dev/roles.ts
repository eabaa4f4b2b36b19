import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, startChild, untilServing } from './child.ts';

export const checkoutDir = fileURLToPath(new URL('../..', import.meta.url));

export type Role = 'starter' | 'worker' | 'api' | 'gateway';

interface RoleOptions {
  role: Role;
  env: NodeJS.ProcessEnv;
  logFile: string;
}

/**
 * Starts one role as its npm script does, in a process of its own, and waits until it is ready.
 * @throws when it ends before, with the last of what it said
 */
export async function startRole(
  options: RoleOptions & {
    /** Answers 200 when the role is ready. */
    readyUrl: string;
  },
): Promise<Child> {
  const child = await spawnRole(options);
  try {
    await untilServing(options.role, child, options.logFile, () => answersOk(options.readyUrl));
    return child;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await lastLines(options.logFile)}`, { cause: error });
  }
}

/** A setting of Node that halves the time a role takes to start. https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache */
export const compileCache = {
  NODE_COMPILE_CACHE: join(checkoutDir, 'node_modules/.cache/switchyard/compiled'),
};

/** The same without the wait. */
export async function spawnRole({ role, env, logFile }: RoleOptions): Promise<Child> {
  return startChild({
    command: process.execPath,
    args: await scriptArgs(role),
    env: { ...compileCache, ...env },
    logFile,
    stopSignal: 'SIGTERM',
    cwd: checkoutDir,
  });
}

/** What `npm run ROLE` gives to node. */
async function scriptArgs(role: Role): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(checkoutDir, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return (scripts[role] ?? '').split(' ').slice(1);
}

export function answersOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(3_000) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-8).join('\n');
}
