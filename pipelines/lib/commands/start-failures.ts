import { stat } from 'node:fs/promises';
import { systemErrorCode } from 'pg-switchyard/errors';
import type { Confinement } from '../sandbox/policy.ts';
import { whyNotVisible } from '../sandbox/visible-program.ts';
import type { CommandOptions } from './command-options.ts';

/** Why a program did not start, in words for whoever runs the worker. */
export async function whyNotStarted(
  { command, cwd, env }: Pick<CommandOptions, 'command' | 'cwd' | 'env'>,
  error: unknown,
): Promise<string> {
  const code = systemErrorCode(error) ?? '';
  const why = (await isFolder(cwd))
    ? reasonOf(code, command, env['PATH'])
    : 'its working folder is not there';
  const last = code === '' ? String(error) : code;
  return `${command} could not be started: ${why === '' ? last : `${why} (${last})`}`;
}

/** Why the sandbox has no such program, or no such working folder; `undefined`: it has. */
export async function whyNotShown(
  options: Pick<CommandOptions, 'command' | 'cwd' | 'env'>,
  confinement: Confinement,
): Promise<string | undefined> {
  const why = (await isFolder(options.cwd)) ? await whyNotVisible(options, confinement) : { missing: true };
  if (why === undefined) return undefined;
  if ('hidden' in why)
    return `${options.command} could not be started: ${why.hidden} lies where the sandbox shows nothing: add its folder to COMMAND_READABLE`;
  return whyNotStarted(options, Object.assign(new Error('missing'), { code: 'ENOENT' }));
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

function reasonOf(code: string, command: string, path: string | undefined): string {
  switch (code) {
    case 'ENOENT':
      return command.includes('/')
        ? 'there is no such file, or the interpreter that its first line names is not there'
        : `no folder of PATH (${path ?? 'which is not set'}) has such a program: install it on the worker, or add its folder to the PATH`;
    case 'EACCES':
      return "the worker's account may not execute it: check the permissions of the file and its folders";
    case 'ENOEXEC':
      return 'it is no program of this machine, and has no first line that names an interpreter';
    case 'E2BIG':
      return 'its arguments and environment are too long';
    case 'EAGAIN':
    case 'ENOMEM':
    case 'EMFILE':
    case 'ENFILE':
      return "the worker's machine or account has no processes, memory or open files left";
    default:
      return '';
  }
}
