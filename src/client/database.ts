/** A row as a driver answers it. */
type Row = Record<string, unknown>;

/**
 * What sends a statement to Postgres: a `Client`, `PoolClient` or `Pool` of pg, and TypeORM's `EntityManager`, `QueryRunner` or
 * `DataSource`, as they are. For others see `fromPrisma` and its like. The statement runs in the transaction that it is in.
 */
export interface Db {
  query(text: string, values: (string | null)[]): Promise<{ rows: unknown[] } | unknown[]>;
}

/**
 * Runs a statement of `sql/client.ts`, whose one row has one column, `answer`, a text. All values are texts as well: what a driver
 * makes of a `jsonb`, a `timestamptz` or a `bigint` differs from one to the next, and with its settings.
 */
export async function ask(db: Db, text: string, values: (string | null)[]): Promise<string | null> {
  const answer = await db.query(text, values);
  const rows = (Array.isArray(answer) ? answer : answer.rows) as Row[];
  const value = rows[0]?.['answer'] ?? null;
  return value === null ? null : String(value);
}
