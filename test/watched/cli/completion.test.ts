import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileCache } from '../../../server/dev/roles.ts';
import { commands } from '../../../src/cli/commands.ts';
import { switchyard } from '../../support/watched/command-line.ts';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';

let yard: WatchedYard;
let script: string;
beforeAll(async () => {
  yard = await openWatchedYard();
  await yard.createQueue('mails', 'echo');
  await yard.createQueue('odd "name"; $(touch x)', 'echo');
  script = (await switchyard(['completion', 'bash'])).stdout;
});
afterAll(() => yard.close());

/** What bash offers for these words, the last of which is begun. */
function offers(...words: string[]): string[] {
  const main = `switchyard() { '${process.execPath}' '${resolve('src/cli/main.ts')}' "$@"; }`;
  const begun = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
  const printed = execFileSync(
    'bash',
    ['-c', `${main}\n${script}\n${begun}\n_switchyard\nprintf '%s\\n' "\${COMPREPLY[@]}"`],
    { env: { ...compileCache, PATH: process.env['PATH'], DATABASE_URL: yard.databaseUrl }, encoding: 'utf8' },
  );
  return printed.split('\n').filter(Boolean);
}

test('bash completes commands, flags, words and the names of queues', () => {
  expect(offers('switchyard', '')).toEqual([...commands.keys()]);
  expect(offers('switchyard', 're')).toEqual(['retry', 'redrive', 'resume']);
  expect(offers('switchyard', 'jobs', '--created')).toEqual(['--created-after', '--created-before']);
  expect(offers('switchyard', 'token', 're')).toEqual(['revoke']);
  expect(offers('switchyard', 'pause', 'ma')).toEqual(['mails']);
  expect(offers('switchyard', 'pause', 'od')).toEqual([String.raw`odd\ \"name\"\;\ \$\(touch\ x\)`]);
});

test('zsh and fish get all commands too, and no other shell', async () => {
  for (const shell of ['zsh', 'fish']) {
    const { stdout } = await switchyard(['completion', shell]);
    for (const name of commands.keys()) expect(stdout).toContain(name);
  }
  expect(await switchyard(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('the shell must be bash, zsh or fish; got "tcsh"'),
  });
});
