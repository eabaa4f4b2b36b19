import pg from 'pg';
import { isReadOnly, isUnanswered } from './database-errors.ts';
import { databaseTypes } from './database-types.ts';

export type { Pool, PoolClient } from 'pg';

/**
 * Opens a pool whose connections notice a dead peer within seconds and whose transactions cannot hold a row lock
 * longer than `idleInTransactionMs` without a word, so that a frozen or vanished host keeps no job.
 * https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
 */
export function createPool(options: {
  connectionString: string;
  applicationName: string;
  max: number;
  onError: (error: Error) => void;
  idleInTransactionMs?: number;
  /**
   * How long a statement may take before its connection counts as lost; left out: for ever. Keepalives find no peer that
   * vanished with a statement on its way: the system repeats that for a quarter of an hour.
   */
  statementTimeoutMs?: number;
}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    application_name: options.applicationName,
    max: options.max,
    types: databaseTypes,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    idle_in_transaction_session_timeout: options.idleInTransactionMs ?? 15_000,
    ...(options.statementTimeoutMs !== undefined && { query_timeout: options.statementTimeoutMs }),
    options: '-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3',
  });
  // An idle connection that breaks tells the pool, which drops it; without a listener the process would end.
  pool.on('error', options.onError);
  return pool;
}

/**
 * Runs `work` in one transaction: COMMIT when it returns, ROLLBACK when it throws. A connection that is
 * broken or read-only is discarded: the next one may lead to another server.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const markBroken = (error: Error) => {
    broken = error;
  };
  client.on('error', markBroken);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    if (isUnanswered(error) || isReadOnly(error)) broken = error;
    else await client.query('ROLLBACK').catch(markBroken);
    throw error;
  } finally {
    client.off('error', markBroken);
    client.release(broken);
  }
}

/** Quotes `schema.table` or a column for use in SQL text; values always travel as parameters. */
export function quoteName(name: string): string {
  return name.split('.').map(pg.escapeIdentifier).join('.');
}

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
