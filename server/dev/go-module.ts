import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SetupError } from 'pg-switchyard';

const run = promisify(execFile);

/** A module of Go. `sum`: as https://sum.golang.org has it. The module's own `go.sum` pins all that it is built of. */
export interface GoModule {
  module: string;
  version: string;
  sum: string;
}

/**
 * Builds the program of the package `goPackage` (`./cmd/server`) of a module, and answers where it is.
 * @throws {SetupError} when Go is not installed or too old, or the module is another one
 */
export async function buildGoProgram(source: GoModule, goPackage: string, program: string): Promise<string> {
  const args = ['build', '-trimpath', '-ldflags=-s -w', '-o', program, goPackage];
  await go(args, { cwd: await downloadGoModule(source), env: { ...process.env, CGO_ENABLED: '0' } });
  return program;
}

/** The folder with the files of a module, which nobody may write to. */
export async function downloadGoModule({ module, version, sum }: GoModule): Promise<string> {
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
      `go ${args.join(' ')} failed: ${said.split('\n').slice(-3).join(' ')}\n` +
        'Go 1.26.8 or newer must be on the PATH (https://go.dev/dl), and reach proxy.golang.org.',
    );
  }
}
