import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Pool, type PoolClient, quoteColumn, quoteName } from '../../platform/database.ts';
import { systemErrorCode } from '../../platform/errors.ts';
import { type FileKind, isIdOf, type QueueDefinition, type QueueFiles } from '../../queues/definition.ts';

/** A queue whose jobs leave files, or whose rows name some. */
export interface JobFiles extends QueueFiles {
  readonly queue: QueueDefinition;
}

export function filesOf(queues: readonly QueueDefinition[]): JobFiles[] {
  return queues.flatMap((queue) => (queue.files === undefined ? [] : [{ queue, ...queue.files }]));
}

export const pathOf = (kind: FileKind, jobId: string): string => join(kind.folder, `${jobId}${kind.ending}`);

/**
 * The ids of the jobs whose files lie in the folder, a page at a time: a folder may hold more than memory. None in a folder
 * that nobody made yet.
 */
export async function* jobIdsIn(
  queue: QueueDefinition,
  kind: FileKind,
  pageSize: number,
): AsyncGenerator<string[]> {
  const entries = await opendir(kind.folder).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    return [];
  });
  let page: string[] = [];
  for await (const entry of entries) {
    const id = jobIdOf(queue, kind, entry);
    if (id === undefined) continue;
    page.push(id);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Ids of texts may be any word: of their files nothing is known by the name. */
function jobIdOf(queue: QueueDefinition, { ending }: FileKind, entry: Dirent): string | undefined {
  const isKind = ending === '' ? entry.isDirectory() : entry.isFile() && entry.name.endsWith(ending);
  const id = entry.name.slice(0, entry.name.length - ending.length);
  return isKind && queue.idType !== 'text' && isIdOf(queue, id) ? id : undefined;
}

/**
 * Which rows name the files of these jobs by their paths: ids of jobs of the queue, `null` for rows of other tables. No index serves
 * it: one look for a whole page.
 */
export async function namersOf(
  db: Pick<Pool | PoolClient, 'query'>,
  all: readonly JobFiles[],
  { queue, kind }: { queue: QueueDefinition; kind: FileKind },
  ids: readonly string[],
): Promise<Map<string, (string | null)[]>> {
  const namers = new Map<string, (string | null)[]>();
  for (const { folder, table, column } of all.flatMap((files) => files.named)) {
    if (folder !== kind.folder || ids.length === 0) continue;
    const name = `split_part(${quoteColumn(column)}, '/', -1)`;
    const namer = table === queue.table ? `${quoteColumn(queue.columns.id)}::text` : 'NULL';
    const { rows } = await db.query<{ name: string; namer: string | null }>(
      `SELECT DISTINCT ${name} AS name, ${namer} AS namer FROM ${quoteName(table)} WHERE ${name} = ANY ($1::text[])`,
      [ids.map((id) => `${id}${kind.ending}`)],
    );
    for (const row of rows) {
      const id = row.name.slice(0, row.name.length - kind.ending.length);
      namers.set(id, [...(namers.get(id) ?? []), row.namer]);
    }
  }
  return namers;
}
