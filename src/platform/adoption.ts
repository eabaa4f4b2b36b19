import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseClient } from './database-client.ts';

/**
 * Looks at tables of older systems that migrations would adopt. A folder of migrations may have a `misfits.sql`: one query, which
 * answers a line for each thing that keeps a table from being adopted (`switchyard.misfits_of_table`), and changes nothing.
 * @throws the database's error that lists all of them
 */
export async function refuseMisfits(client: DatabaseClient, folders: readonly string[]): Promise<void> {
  const misfits: string[] = [];
  for (const folder of folders) {
    const query = await readMisfits(folder);
    if (query === undefined) continue;
    const { rows } = await client.query<{ misfit: string }>(query);
    misfits.push(...rows.map(({ misfit }) => misfit));
  }
  await client.query('SELECT switchyard.refuse_misfits($1)', [misfits]);
}

const readMisfits = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, 'misfits.sql'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
