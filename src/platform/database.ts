import pg from 'pg';
import { type ConnectionOptions, DatabaseClient } from './database-client.ts';
import { isReadOnly, isUnanswered } from './database-errors.ts';
import { isOutdatedPlan } from './prepared-statements.ts';

export type { Pool, PoolClient } from 'pg';

/** A pool of connections that are made as {@link DatabaseClient} says. */
export function createPool(
  options: ConnectionOptions & { max: number; onError: (error: Error) => void },
): pg.Pool {
  const { max, onError, ...connection } = options;
  const pool = new pg.Pool({
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    Client: class extends DatabaseClient {
      constructor() {
        super(connection);
      }
    },
  });
  // An idle connection that breaks tells the pool, which drops it; without a listener the process would end.
  pool.on('error', onError);
  return pool;
}

/**
 * Runs `work` in one transaction: COMMIT when it returns, ROLLBACK when it throws. A connection that is
 * broken or read-only, or whose prepared statements are outdated, is discarded: the next one may lead to another server.
 * @param first a statement without parameters that is sent together with BEGIN
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  { first }: { first?: string | undefined } = {},
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const markBroken = (error: Error) => {
    broken = error;
  };
  client.on('error', markBroken);
  try {
    const begin = client instanceof DatabaseClient ? client.begin : 'BEGIN ISOLATION LEVEL READ COMMITTED';
    await client.query(first === undefined ? begin : `${begin}; ${first}`);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // After a failover the next connection may find the host that can be written to.
    if (isUnanswered(error) || isReadOnly(error) || isOutdatedPlan(error)) broken = error;
    else await client.query('ROLLBACK').catch(markBroken);
    throw error;
  } finally {
    client.off('error', markBroken);
    client.release(broken);
  }
}

/**
 * A time as a text that names the same moment again in any session: `::text` writes, and reads, by the setting DateStyle.
 * Infinity is one too.
 */
export const exactTime = (expression: string): string => `(to_jsonb(${expression}) #>> '{}')`;

/**
 * Quotes `schema.table` for use in SQL text, exactly as it is spelled; values always travel as parameters. A part that holds a dot
 * stands in double quotes already: `public."jobs.2026"`.
 */
export function quoteName(name: string): string {
  const parts = name.match(/"(?:[^"]|"")*"(?=\.|$)|[^.]+/g) ?? [name];
  return parts.map((part) => pg.escapeIdentifier(unquoted(part))).join('.');
}

const unquoted = (part: string): string =>
  /^"(?:[^"]|"")*"$/.test(part) ? part.slice(1, -1).replaceAll('""', '"') : part;

/** Quotes the name of a column, whatever is in it. */
export const quoteColumn = (name: string): string => pg.escapeIdentifier(name);

/** Quotes a constant of a queue definition where a parameter will not do: a partial index is only used for constants. */
export const quoteLiteral = (text: string): string => pg.escapeLiteral(text);

/** Several of them, for `IN (…)`. */
export const quoteLiterals = (texts: readonly string[]): string => texts.map(quoteLiteral).join(', ');

/** The same words by the same keys, each quoted. */
export function mapWords<K extends string>(
  words: Readonly<Record<K, string>>,
  quote: (word: string) => string,
): Record<K, string> {
  return Object.fromEntries(Object.entries<string>(words).map(([key, word]) => [key, quote(word)])) as Record<
    K,
    string
  >;
}
