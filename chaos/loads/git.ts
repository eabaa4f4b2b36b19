import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const author = ['-c', 'user.name=chaos', '-c', 'user.email=chaos@localhost'];

/** Answers what git says in that folder, without the end of the line. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', folder, ...author, ...args], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trimEnd();
}
