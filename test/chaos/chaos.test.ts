import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { checkoutDir } from '../../server/dev/roles.ts';

const run = promisify(execFile);

test('fifteen seconds of faults: every job of every queue is accounted for', async () => {
  const args = ['chaos/main.ts', '--seconds', '15', '--seed', '1', '--jobs', '40'];
  // A code other than 0 throws, with what was said.
  const { stdout } = await run(process.execPath, args, { cwd: checkoutDir });
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
    /^chaos: seed=1 faults=\d+ jobs=40 complete=\d+ failed=\d+ canceled=\d+ lost=0 duplicated=0 stuck=0 illegal=0$/,
  );
}, 600_000);
