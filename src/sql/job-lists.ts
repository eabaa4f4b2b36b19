/**
 * The statements by which people look through the jobs of a queue. Each goes along one index, from the cursor on, and looks at so many
 * rows at most.
 */

/** One column that a list is ordered by, as SQL of `job`, and its type. */
export interface SortColumn {
  expression: string;
  type: string;
}

export interface ListStatement {
  /** As SQL, quoted. */
  table: string;
  /** The columns of the answer, as SQL. */
  columns: string;
  /** What the index holds, and what bounds it; as SQL. */
  within: readonly string[];
  /** What else is asked of a job; as SQL. None: the index serves all. */
  filters: readonly string[];
  /** Ends with the id. */
  sort: readonly SortColumn[];
  direction: 'ASC' | 'DESC';
}

/** $1 the most rows to look at, $2 the most jobs to answer. Each with its place as `place`, an array of texts. */
export function pageOfJobs({ table, columns, within, filters, sort, direction }: ListStatement): string {
  const order = sort.map(({ expression }) => `${expression} ${direction}`).join(', ');
  const keys = sort.map((_, at) => `looked.sort_${at} ${direction}`).join(', ');
  return `
    SELECT ${columns}, looked.place
      FROM (SELECT *
              FROM (SELECT ${idOf(sort)} AS id, ${placeOf(sort)} AS place, ${sortColumns(sort)}, ${matching(filters)} AS matches
                      FROM ${table} AS job
                     WHERE ${all(within)}
                     ORDER BY ${order}
                     LIMIT $1) AS looked
             WHERE looked.matches
             LIMIT $2) AS looked
      JOIN ${table} AS job ON ${idOf(sort)} = looked.id
     ORDER BY ${keys}`;
}

/** The place of the row before which $1 - $2 come; none: there are not so many. It takes all parameters of `pageOfJobs`. */
export function placeBehind({ table, within, filters, sort, direction }: ListStatement): string {
  const order = sort.map(({ expression }) => `${expression} ${direction}`).join(', ');
  return `
    SELECT ${placeOf(sort)} AS place, ${matching(filters)} AS matches
      FROM ${table} AS job
     WHERE ${all(within)}
     ORDER BY ${order}
    OFFSET $1::bigint - $2 LIMIT 1`;
}

/** $1 the most rows to look at. `looked`: how many those were. */
export function countOfJobs({ table, within, filters, sort, direction }: ListStatement): string {
  const order = sort.map(({ expression }) => `${expression} ${direction}`).join(', ');
  return `
    SELECT count(*) FILTER (WHERE matches)::integer AS count, count(*)::integer AS looked
      FROM (SELECT ${matching(filters)} AS matches
              FROM ${table} AS job
             WHERE ${all(within)}
             ORDER BY ${order}
             LIMIT $1) AS looked`;
}

/** The condition of what comes behind a place, $from and the parameters after it. */
export function behind(sort: readonly SortColumn[], direction: 'ASC' | 'DESC', from: number): string {
  const given = sort.map(({ type }, at) => `$${from + at}::text::${type}`);
  const row = (parts: readonly string[]) => (parts.length === 1 ? parts[0] : `(${parts.join(', ')})`);
  return `${row(sort.map(({ expression }) => expression))} ${direction === 'ASC' ? '>' : '<'} ${row(given)}`;
}

const all = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'true' : conditions.map((each) => `(${each})`).join(' AND ');

const matching = (conditions: readonly string[]): string => `coalesce(${all(conditions)}, false)`;

const idOf = (sort: readonly SortColumn[]): string => sort.at(-1)?.expression ?? 'NULL';

const sortColumns = (sort: readonly SortColumn[]): string =>
  sort.map(({ expression }, at) => `${expression} AS sort_${at}`).join(', ');

/** Times as texts that name the same moment in any session. */
const placeOf = (sort: readonly SortColumn[]): string =>
  `ARRAY[${sort.map(({ expression }) => `to_jsonb(${expression}) #>> '{}'`).join(', ')}]`;
