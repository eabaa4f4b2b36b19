import { type Pool, type PoolClient, quoteColumn, quoteName } from '../../platform/database.ts';
import { type FileKind, isIdOf, type QueueDefinition, type QueueFiles } from '../../queues/definition.ts';
import type { FileStore } from '../../storage/store.ts';

/** A queue whose jobs leave files, or whose rows name some. */
export interface JobFiles extends QueueFiles {
  readonly queue: QueueDefinition;
}

export function filesOf(queues: readonly QueueDefinition[]): JobFiles[] {
  return queues.flatMap((queue) => (queue.files === undefined ? [] : [{ queue, ...queue.files }]));
}

export const nameOf = (kind: FileKind, jobId: string): string => `${jobId}${kind.ending}`;

/** The ids of the jobs whose files are in the store, a page at a time: there may be more than memory holds. */
export async function* jobIdsIn(
  store: FileStore,
  queue: QueueDefinition,
  kind: FileKind,
  pageSize: number,
): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const name of store.names(kind.ending)) {
    const id = jobIdOf(queue, kind, name);
    if (id === undefined) continue;
    page.push(id);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Ids of texts may be any word: of their files nothing is known by the name. */
function jobIdOf(queue: QueueDefinition, { ending }: FileKind, name: string): string | undefined {
  const id = name.slice(0, name.length - ending.length);
  return queue.idType !== 'text' && isIdOf(queue, id) ? id : undefined;
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
      [ids.map((id) => nameOf(kind, id))],
    );
    for (const row of rows) {
      const id = row.name.slice(0, row.name.length - kind.ending.length);
      namers.set(id, [...(namers.get(id) ?? []), row.namer]);
    }
  }
  return namers;
}
