import { type Pool, quoteColumn, quoteLiteral, quoteName } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';

/** A column of an index; `null`: an expression. */
interface Key {
  name: string | null;
  descending: boolean;
  /** In the order and with the comparison that the column's type has by itself. */
  plain: boolean;
}

interface Index {
  name: string;
  definition: string;
  keys: Key[];
  /** The only expression among its columns, and what rows it holds, as Postgres writes them. */
  expression: string | null;
  predicate: string | null;
}

interface Wanted {
  role: string;
  name: string;
  /** `null`: the key of the queue, or '' for none. */
  keys: readonly { readonly column: string | null; readonly direction: 'ASC' | 'DESC' }[];
}

/** An index that is missing or does not fit, in words, and the statements that mend it. */
interface Misfit {
  text: string;
  statements: string;
}

/** Which indexes of a queue are missing, or do not serve its claims. All columns of the definition must be there. */
export const indexDifferences = async (pool: Pool, queue: QueueDefinition): Promise<string[]> =>
  (await indexMisfits(pool, queue)).map(({ text }) => text);

/** The same, each with the statements that mend it. */
export async function indexMisfits(pool: Pool, queue: QueueDefinition): Promise<Misfit[]> {
  const wanted = wantedIndexes(queue);
  const { rows } = await pool.query<Index>(indexQuery, [
    quoteName(queue.table),
    wanted.map(({ name }) => name),
  ]);
  const written = await asPostgresWrites(pool, queue);
  return wanted.flatMap(({ role, name, keys }) => {
    const sentence = sentenceOf(queue, keys);
    const index = rows.find((row) => row.name === name);
    const create = statementOf(queue, name, keys);
    if (index === undefined)
      return [{ text: `${role} "${name}" is missing; it must be ${sentence}`, statements: create }];
    const fits =
      index.keys.length === keys.length &&
      index.keys.every((key, i) => fitsKey(key, keys[i])) &&
      (index.expression === null || index.expression === written.key) &&
      written.predicates.includes(index.predicate ?? '');
    if (fits) return [];
    const text = `${role} "${name}" must be ${sentence}; it is ${index.definition}`;
    return [{ text, statements: `DROP INDEX CONCURRENTLY ${nameBeside(queue, name)}; ${create}` }];
  });
}

const fitsKey = (key: Key, wanted: Wanted['keys'][number] | undefined): boolean =>
  key.name === wanted?.column && key.descending === (wanted.direction === 'DESC') && key.plain;

function wantedIndexes({ order, columns, claimIndex, key }: QueueDefinition): Wanted[] {
  const claim = { role: 'claimIndex', name: claimIndex, keys: order };
  if (key === undefined) return [claim];
  const first = [
    { column: columns.priority, direction: 'ASC' },
    { column: null, direction: 'ASC' },
  ] as const;
  const inLane = order.filter(({ column }) => column !== columns.priority);
  return [claim, { role: 'key.claimIndex', name: key.claimIndex, keys: [...first, ...inLane] }];
}

function sentenceOf({ table, columns, states, key }: QueueDefinition, keys: Wanted['keys']): string {
  const written = keys.map(({ column, direction }) => {
    const term = column ?? `coalesce(${key?.column}, '')`;
    return direction === 'DESC' ? `${term} DESC` : term;
  });
  return `an index on ${table} (${written.join(', ')}) WHERE ${columns.status} = '${states.waiting}' AND ${columns.runAt} IS NULL`;
}

function statementOf(
  { table, columns, states, key }: QueueDefinition,
  name: string,
  keys: Wanted['keys'],
): string {
  const terms = keys.map(({ column, direction }) => {
    const term = column === null ? `(coalesce(${quoteColumn(key?.column ?? '')}, ''))` : quoteColumn(column);
    return direction === 'DESC' ? `${term} DESC` : term;
  });
  const waits = `${quoteColumn(columns.status)} = ${quoteLiteral(states.waiting)} AND ${quoteColumn(columns.runAt)} IS NULL`;
  return `CREATE INDEX CONCURRENTLY ${quoteColumn(name)} ON ${quoteName(table)} (${terms.join(', ')}) WHERE ${waits}`;
}

/** An index is in the schema of its table. */
function nameBeside({ table }: QueueDefinition, name: string): string {
  const dot = table.indexOf('.');
  return dot < 0 ? quoteColumn(name) : `${quoteName(table.slice(0, dot))}.${quoteColumn(name)}`;
}

/** A name that no constant in an expression holds. */
const rowName = 'switchyard_row_of_index';

/**
 * The expressions that our indexes have, in Postgres's own words for this table: casts depend on the types of its columns.
 * EXPLAIN is where it writes an expression that stands in no catalog.
 */
async function asPostgresWrites(
  pool: Pool,
  queue: QueueDefinition,
): Promise<{ predicates: string[]; key: string | undefined }> {
  const waits = `${quoteColumn(queue.columns.status)} = ${quoteLiteral(queue.states.waiting)}`;
  const due = `${quoteColumn(queue.columns.runAt)} IS NULL`;
  const key = queue.key === undefined ? 'NULL' : `coalesce(${quoteColumn(queue.key.column)}, '')`;
  const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: { Output: string[] } }] }>(
    `EXPLAIN (VERBOSE, FORMAT JSON)
     SELECT ${waits} AND ${due}, ${due} AND ${waits}, ${key} FROM ${quoteName(queue.table)} AS ${rowName}`,
  );
  const output = rows[0]?.['QUERY PLAN'][0].Plan.Output ?? [];
  const [one = '', other = '', ofKey] = output.map((text) => text.replaceAll(`${rowName}.`, ''));
  return { predicates: [one, other], key: ofKey };
}

/** $1 table, $2 names of indexes. Bits of indoption: 1 descending, 2 NULLs first, which is how DESC sorts by itself. */
const indexQuery = `
  SELECT relname AS name, pg_get_indexdef(indexrelid) AS definition, pg_get_expr(indexprs, indrelid) AS expression,
         pg_get_expr(indpred, indrelid) AS predicate,
         (SELECT jsonb_agg(jsonb_build_object(
                   'name', attname, 'descending', indoption[place] & 1 = 1,
                   'plain', indoption[place] IN (0, 3) AND opcdefault AND amname = 'btree'
                            AND (attcollation IS NULL OR attcollation = indcollation[place])) ORDER BY place)
            FROM generate_series(0, indnkeyatts - 1) AS place
            JOIN pg_catalog.pg_opclass ON pg_opclass.oid = indclass[place]
            LEFT JOIN pg_catalog.pg_attribute ON attrelid = indrelid AND attnum = indkey[place] AND attnum > 0) AS keys
    FROM pg_catalog.pg_index JOIN pg_catalog.pg_class ON pg_class.oid = indexrelid
    JOIN pg_catalog.pg_am ON pg_am.oid = relam
   WHERE indrelid = to_regclass($1) AND relname = ANY ($2::text[]) AND indisvalid`;
