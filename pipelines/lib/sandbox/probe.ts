import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { environment } from 'pg-switchyard';
import { runCommand } from '../commands/run-command.ts';
import type { Sandbox } from './policy.ts';
import { architectureOf, seccompProgram } from './seccomp.ts';

const timeoutMs = 10_000;
const memoryMiB = 256;

/** What a worker wants of its sandbox; the rest is found out. */
export type SandboxOptions = Pick<Sandbox, 'readable'> & {
  /** Where `bwrap` is; left out: on the PATH. */
  program?: string | undefined;
};

/**
 * Finds out what sandbox this machine can make, by making one as commands get it. Where the kernel refuses a `/proc` of the sandbox's
 * own, as in most containers, one without any is tried: the machine's own would show the processes of others.
 * @throws {Error} saying why there is none
 */
export async function probeSandbox(options: SandboxOptions): Promise<Sandbox> {
  if (process.platform !== 'linux') throw new Error(`bubblewrap is for Linux, not ${process.platform}`);
  const { readable } = options;
  const program = options.program ?? (await findBwrap());
  if (program === undefined) throw new Error('no folder of PATH has the program bwrap');
  const seccomp = seccompProgram(architectureOf(process.arch));
  const sandbox = { program, hasProc: true, readable, seccomp };
  try {
    await tryOut(sandbox);
    return sandbox;
  } catch (error) {
    const without = { ...sandbox, hasProc: false };
    const works = await tryOut(without).then(
      () => true,
      () => false,
    );
    if (works) return without;
    throw error;
  }
}

/** Runs what is found on every machine. */
async function tryOut(sandbox: Sandbox): Promise<void> {
  await runCommand({
    command: 'sh',
    args: ['-c', ':'],
    cwd: '/',
    env: {},
    timeoutMs,
    memoryMiB,
    signal: new AbortController().signal,
    confinement: { sandbox, policy: { writable: [] } },
  });
}

async function findBwrap(): Promise<string | undefined> {
  for (const folder of (environment()['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, 'bwrap');
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
