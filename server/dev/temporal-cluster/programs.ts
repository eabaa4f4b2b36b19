import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SetupError } from 'pg-switchyard';
import { keepProgram } from '../fetched-program.ts';

const run = promisify(execFile);
const cacheDir = fileURLToPath(new URL('../../../node_modules/.cache/switchyard/', import.meta.url));

/** The module's own `go.sum` pins all that it is built of. `sum`: as https://sum.golang.org has it. */
const source = {
  module: 'go.temporal.io/server',
  version: 'v1.32.0',
  sum: 'h1:JQoqsVREaGc8vcuDNfuRlySiV3tVi81XUOVC9LeL/1Y=',
};
const packages = { server: './cmd/server', sqlTool: './cmd/tools/sql' } as const;

/** Paths of programs of the Temporal server. */
export type ClusterPrograms = Record<keyof typeof packages, string>;

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const programs: ClusterPrograms = {
  server: join(cacheDir, `temporal-server-${source.version}`),
  sqlTool: join(cacheDir, `temporal-sql-tool-${source.version}`),
};

/** Whether they were built before. */
export const areClusterProgramsBuilt = async (): Promise<boolean> =>
  (await Promise.all(Object.values(programs).map(exists))).every(Boolean);

/**
 * The Temporal server and its tool for SQL schemas, built from their Go module once. That takes some 8 minutes of one core.
 * @throws {SetupError} when Go is not installed, or too old
 */
export async function findClusterPrograms(say: (line: string) => void): Promise<ClusterPrograms> {
  for (const [name, path] of Object.entries(programs)) {
    if (await exists(path)) continue;
    say(`building ${packages[name as keyof ClusterPrograms]} of ${source.module} ${source.version} (once)`);
    await keepProgram(path, (folder) =>
      build(packages[name as keyof ClusterPrograms], join(folder, 'program')),
    );
  }
  return programs;
}

async function build(goPackage: string, program: string): Promise<string> {
  const args = ['build', '-trimpath', '-ldflags=-s -w', '-o', program, goPackage];
  await go(args, { cwd: await downloadSource(), env: { ...process.env, CGO_ENABLED: '0' } });
  return program;
}

async function downloadSource(): Promise<string> {
  const { module, version, sum } = source;
  const { Dir: folder, Sum: got } = JSON.parse(
    await go(['mod', 'download', '-json', `${module}@${version}`]),
  ) as { Dir: string; Sum: string };
  if (got !== sum) throw new SetupError(`${module} ${version} has the hash ${got}; it must be ${sum}`);
  return folder;
}

async function go(args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<string> {
  try {
    return (await run('go', args, options)).stdout;
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr || (error as Error).message).trim();
    throw new SetupError(
      `The Temporal server could not be built: go ${args[0]}: ${said.split('\n').slice(-3).join(' ')}\n` +
        'Go 1.26.8 or newer must be on the PATH (https://go.dev/dl), and reach proxy.golang.org.',
    );
  }
}
