import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

interface Step {
  commands: string;
  /** What the README says that they print, in the end. */
  output: string | undefined;
}

/** The commands that a README shows, in their order. */
export async function readSteps(path: string): Promise<Step[]> {
  const text = await readFile(path, 'utf8');
  const blocks = text.matchAll(/^```sh\n([^`]+)^```\n(?:\n```\n([^`]+)^```$)?/gm);
  return Array.from(blocks, ([, commands = '', output]) => ({
    commands: commands.trim(),
    output: output === undefined ? undefined : tidy(output),
  }));
}

/** What a shell prints for these commands. */
export async function printed(commands: string, env: Record<string, string>, cwd: string): Promise<string> {
  const options = ['-e', '-u', '-o', 'pipefail', '-c', commands];
  const { stdout } = await promisify(execFile)('bash', options, { env, cwd });
  return tidy(stdout);
}

/** psql fills columns up with spaces. */
const tidy = (text: string) => text.replace(/[ \t]+$/gm, '').trim();
