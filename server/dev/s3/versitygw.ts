import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepProgram } from '../fetched-program.ts';
import { buildGoProgram } from '../go-module.ts';

const cacheDir = fileURLToPath(new URL('../../../node_modules/.cache/switchyard/', import.meta.url));
const source = {
  module: 'github.com/versity/versitygw',
  version: 'v1.8.0',
  sum: 'h1:au+wI+aybno/STsQiSm35Uu6Q6iK5MWReQxgO6SEMFc=',
};
const program = join(cacheDir, `versitygw-${source.version}`);

/** Whether it was built before. */
export const isVersitygwBuilt = (): Promise<boolean> =>
  access(program).then(
    () => true,
    () => false,
  );

/**
 * The program of versitygw, an S3 server over a folder, built once. That takes some two minutes of one core.
 * @throws {SetupError} when Go is not installed, or too old
 */
export async function findVersitygw(say: (line: string) => void): Promise<string> {
  if (await isVersitygwBuilt()) return program;
  say(`building ${source.module} ${source.version} (once)`);
  await keepProgram(program, (folder) => buildGoProgram(source, './cmd/versitygw', join(folder, 'program')));
  return program;
}
