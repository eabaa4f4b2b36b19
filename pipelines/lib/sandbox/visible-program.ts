import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, join, resolve, sep } from 'node:path';
import type { Confinement } from './policy.ts';
import { systemPaths } from './system-paths.ts';

const isBelow = (path: string, roots: readonly string[]) =>
  roots.some((root) => path === root || path.startsWith(root + sep));

/**
 * Why the sandbox would not find a program: it is not on the machine (`missing`), or lies where the sandbox shows nothing (`hidden`,
 * with the path). `undefined`: it will.
 */
export async function whyNotVisible(
  { command, cwd, env }: { command: string; cwd: string; env: Readonly<Record<string, string>> },
  { sandbox, policy }: Confinement,
): Promise<{ missing: true } | { hidden: string } | undefined> {
  const shown = [...sandbox.readable, ...(policy.readable ?? []), ...policy.writable];
  const roots = [...systemPaths, ...shown, ...(await Promise.all(shown.map(real)))];
  let hidden: string | undefined;
  for (const path of candidates(command, cwd, env['PATH'])) {
    if (!(await isExecutable(path))) continue;
    if (isBelow(path, roots) && isBelow(await real(path), roots)) return undefined;
    hidden ??= path;
  }
  return hidden === undefined ? { missing: true } : { hidden };
}

function candidates(command: string, cwd: string, path = '/usr/bin:/bin'): string[] {
  if (command.includes('/')) return [resolve(cwd, command)];
  return path.split(delimiter).map((folder) => join(resolve(cwd, folder), command));
}

const isExecutable = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

const real = (path: string) => realpath(path).catch(() => path);
