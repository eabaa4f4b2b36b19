import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Pool, type PoolClient, quoteName } from '../platform/database.ts';
import { systemErrorCode } from '../platform/errors.ts';
import type { FileKind, QueueDefinition, QueueFiles } from '../queues/definition.ts';

/** A queue whose jobs leave files. */
export interface JobFiles extends QueueFiles {
  readonly queue: QueueDefinition;
}

export function filesOf(queues: readonly QueueDefinition[]): JobFiles[] {
  return queues.flatMap((queue) => (queue.files === undefined ? [] : [{ queue, ...queue.files }]));
}

export const pathOf = (kind: FileKind, jobId: string): string => join(kind.folder, `${jobId}${kind.ending}`);

const jobFile = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\.[a-z]+)$/;

/**
 * The ids of the jobs whose files lie in the folder, a page at a time: a folder may hold more than memory. None in a folder
 * that nobody made yet.
 */
export async function* jobIdsIn({ folder, ending }: FileKind, pageSize: number): AsyncGenerator<string[]> {
  const entries = await opendir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    return [];
  });
  let page: string[] = [];
  for await (const entry of entries) {
    const [, id, found] = jobFile.exec(entry.name) ?? [];
    if (id === undefined || found !== ending || !entry.isFile()) continue;
    page.push(id);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Of these jobs, those whose upload another row names too. No index serves it: one look for a whole page. */
export async function uploadsOfOthers(
  db: Pick<Pool | PoolClient, 'query'>,
  files: JobFiles,
  ids: readonly string[],
): Promise<Set<string>> {
  const { queue, uploads, uploadColumn } = files;
  const column = quoteName(uploadColumn);
  const { rows } = await db.query<{ path: string }>(
    `SELECT DISTINCT ${column} AS path FROM ${quoteName(queue.table)}
      WHERE ${column} = ANY ($1::text[]) AND ${quoteName(queue.columns.id)} <> ALL ($2::${queue.idType}[])`,
    [ids.map((id) => `${id}${uploads.ending}`), ids],
  );
  return new Set(rows.map(({ path }) => path.slice(0, -uploads.ending.length)));
}
