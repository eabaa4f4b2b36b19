import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { databases } from './config.ts';
import type { ClusterPrograms } from './programs.ts';

const notedWithinMs = 60_000;
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

/**
 * Waits until a process of the cluster has written what the cluster is. Two that write it at once would both fail.
 * @throws when it is not there after a minute
 */
export async function untilNoted(port: number): Promise<void> {
  const url = `postgres://postgres@127.0.0.1:${port}/${databases.persistence}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const isNoted = async () => (await client.query('SELECT FROM cluster_metadata_info')).rowCount !== 0;
    for (const began = performance.now(); !(await isNoted()); await pause(50))
      if (performance.now() - began > notedWithinMs)
        throw new Error('the first process of the Temporal cluster did not start; see its log');
  } finally {
    await client.end();
  }
}
