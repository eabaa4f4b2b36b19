import type { Pool } from '../platform/database.ts';
import { subjectOf } from '../platform/database-errors.ts';
import { behind, countOfJobs, pageOfJobs, placeBehind } from '../sql/job-lists.ts';
import { countsUpTo } from '../sql/status.ts';
import { type JobFilter, type Walk, walkFor } from './job-filter.ts';
import { jobSummaryOf, type SummaryRow, summaryColumns } from './job-summary.ts';
import { jobTable } from './job-table.ts';
import { readPatiently } from './patience.ts';
import { Refusal } from './refusal.ts';
import { quoted, type RegisteredQueue } from './registered-queue.ts';
import type { JobSummary } from './views.ts';

/** How many rows a page looks at, and a count, where no index holds those that are asked for alone. */
const rowsToLookAt = { page: 20_000, count: 50_000 };

export interface JobPage {
  jobs: JobSummary[];
  /** `null`: there are no more. With fewer jobs than asked for, the page ended because it had looked at so many rows: go on from here. */
  nextCursor: string | null;
}

interface PageRequest extends JobFilter {
  order: 'newest' | 'oldest';
  limit: number;
  cursor?: string | undefined;
}

/**
 * One page of the jobs of a queue, in the order of `walkFor`.
 * @throws {Refusal} for a filter that the queue does not have, a cursor of another list, and a table without an index that serves it
 */
export async function listJobs(pool: Pool, queue: RegisteredQueue, request: PageRequest): Promise<JobPage> {
  const walk = walkFor(queue, request, 3);
  const direction = request.order === 'newest' ? ('DESC' as const) : ('ASC' as const);
  const place = request.cursor === undefined ? undefined : readPlace(request.cursor, walk);
  const statement = {
    ...walk,
    direction,
    columns: summaryColumns(jobTable(queue)),
    within:
      place === undefined
        ? walk.within
        : [...walk.within, behind(walk.sort, direction, 3 + walk.values.length)],
  };
  const most = statement.filters.length === 0 ? request.limit + 1 : rowsToLookAt.page;
  const values = [...walk.values, ...(place ?? [])];
  return readPatiently(pool, queue.name, async (tx) => {
    const { rows } = await tx.query<SummaryRow & { place: string[] }>(pageOfJobs(statement), [
      most,
      request.limit + 1,
      ...values,
    ]);
    const page = rows.slice(0, request.limit);
    const last = page.at(-1)?.place;
    const next =
      rows.length > request.limit ? last : statement.filters.length === 0 ? undefined : await ended();
    const nextCursor = next === undefined ? null : writePlace(walk, next);
    return { jobs: page.map((row) => jobSummaryOf(queue.name, row)), nextCursor };

    /** Where the page stopped that looked at all the rows it may; `undefined`: there are no more. */
    async function ended(): Promise<string[] | undefined> {
      const stopped = await tx.query<{ place: string[] }>(placeBehind(statement), [most, 1, ...values]);
      return stopped.rows[0]?.place;
    }
  }).catch((error: unknown) => throwBadValue(error, request));
}

/**
 * How many jobs match, counted up to `countedUpTo`. `more`: there may be more, which were not looked at.
 * @throws {Refusal} as `listJobs`
 */
export async function countJobs(pool: Pool, queue: RegisteredQueue, filter: JobFilter) {
  const walk = walkFor(queue, filter, 2);
  const most = walk.filters.length === 0 ? countsUpTo : rowsToLookAt.count;
  const statement = countOfJobs({ ...walk, direction: 'DESC', columns: '' });
  return readPatiently(pool, queue.name, async (tx) => {
    const { rows } = await tx.query<{ count: number; looked: number }>(statement, [most, ...walk.values]);
    const { count, looked } = rows[0] ?? { count: 0, looked: 0 };
    return {
      count: Math.min(count, countsUpTo),
      countedUpTo: countsUpTo,
      more: looked >= most || count > countsUpTo,
    };
  }).catch((error: unknown) => throwBadValue(error, filter));
}

/** A place in a list, as an opaque word for clients. It names the way, as another has other columns. */
const writePlace = ({ name }: Walk, place: readonly string[]): string =>
  Buffer.from(JSON.stringify([name, ...place])).toString('base64url');

function readPlace(cursor: string, { name, sort }: Walk): string[] {
  try {
    const [way, ...place]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const isPlace = place.every((part) => typeof part === 'string' && !part.includes('\0'));
    if (way === name && place.length === sort.length && isPlace) return place as string[];
  } catch {
    // No cursor of ours is no JSON.
  }
  throw badCursor(cursor);
}

const badCursor = (cursor: string, cause?: unknown) =>
  new Refusal(
    'bad',
    'BAD_CURSOR',
    `cursor must be the nextCursor of an earlier answer to the same question, or left out; got ${quoted(cursor)}`,
    {},
    cause,
  );

/** What Postgres cannot read as the type of a column comes from a forged cursor, or is a value of a column. */
function throwBadValue(
  error: unknown,
  { cursor, columns }: { cursor?: string | undefined } & JobFilter,
): never {
  if (error instanceof Refusal || subjectOf(error) !== 'row') throw error;
  if (cursor !== undefined) throw badCursor(cursor, error);
  const names = Object.keys(columns ?? {}).map((name) => `column.${name}`);
  throw new Refusal(
    'bad',
    'BAD_COLUMN_VALUE',
    `Postgres cannot read a value of ${names.join(', ') || 'the filter'} as the type of its column`,
    {},
    error,
  );
}
