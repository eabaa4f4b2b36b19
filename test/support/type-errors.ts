import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const compiler = resolve('node_modules/@typescript/native/bin/tsc');

/** The errors that TypeScript finds in the project of this folder, the first line of each. It takes one thread: other tests run beside it. */
export async function typeErrors(folder: string, ...options: string[]): Promise<string[]> {
  const args = [compiler, '--singleThreaded', '-p', '.', ...options];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(
    (error: { stdout?: string }) => {
      if (!error.stdout) throw error;
      return { stdout: error.stdout };
    },
  );
  return stdout.split('\n').filter((line) => line.includes('error TS'));
}
