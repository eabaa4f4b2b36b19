import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepProgram } from '../fetched-program.ts';
import { buildGoProgram } from '../go-module.ts';

const cacheDir = fileURLToPath(new URL('../../../node_modules/.cache/switchyard/', import.meta.url));

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
      buildGoProgram(source, packages[name as keyof ClusterPrograms], join(folder, 'program')),
    );
  }
  return programs;
}
