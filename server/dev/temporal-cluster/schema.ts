import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { databases } from './config.ts';
import type { ClusterPrograms } from './programs.ts';

const run = promisify(execFile);
/** As the tool knows the schemas that are built into it. */
const schemas = { persistence: 'postgresql/v12/temporal', visibility: 'postgresql/v12/visibility' } as const;
const stores = ['persistence', 'visibility'] as const;

/** Makes Temporal's two databases by its own tool, and brings their schemas up to date. What is there already is left alone. */
export async function prepareSchemas(
  { sqlTool }: Pick<ClusterPrograms, 'sqlTool'>,
  port: number,
): Promise<void> {
  for (const store of stores) {
    const tool = (...args: string[]) =>
      run(sqlTool, [
        ...['--plugin', 'postgres12', '--ep', '127.0.0.1', '-p', String(port), '-u', 'postgres'],
        ...['--db', databases[store], ...args],
      ]);
    await tool('create-database');
    await tool('setup-schema', '-v', '0.0');
    await tool('update-schema', '--schema-name', schemas[store]);
  }
}
