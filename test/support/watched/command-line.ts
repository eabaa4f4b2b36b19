import { execFile } from 'node:child_process';
import { inject } from 'vitest';
import { compileCache } from '../../../server/dev/roles.ts';

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command `switchyard` as a process of its own, on this database and the run's Temporal. */
export function switchyard(
  args: readonly string[],
  { databaseUrl, ...env }: { databaseUrl?: string } & Record<string, string | undefined> = {},
): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      ['src/cli/main.ts', ...args],
      {
        env: {
          ...compileCache,
          PATH: process.env['PATH'],
          TEMPORAL_ADDRESS: inject('temporalAddress'),
          DATABASE_URL: databaseUrl ?? 'postgres://nobody@127.0.0.1:1/none',
          ...env,
        },
      },
      (_, stdout, stderr) => done({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** The one JSON value that it printed. */
export async function switchyardJson<T>(
  args: readonly string[],
  env: Parameters<typeof switchyard>[1],
): Promise<T> {
  const { code, stdout, stderr } = await switchyard([...args, '--json'], env);
  if (code !== 0) throw new Error(`switchyard ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
