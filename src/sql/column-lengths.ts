import { type PoolClient, quoteName } from '../platform/database.ts';

/** $1 the table. Domains are looked through to the type that they are made of. */
const statement = `
  WITH RECURSIVE typed AS (
    SELECT attname AS name, atttypid AS type, atttypmod AS modifier
      FROM pg_catalog.pg_attribute
     WHERE attrelid = $1::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT typed.name, base.typbasetype, base.typtypmod
      FROM typed JOIN pg_catalog.pg_type AS base ON base.oid = typed.type AND base.typtype = 'd'
  )
  SELECT name::text, modifier - 4 AS length
    FROM typed
   WHERE type IN ('pg_catalog.varchar'::pg_catalog.regtype, 'pg_catalog.bpchar'::pg_catalog.regtype) AND modifier > 4`;

/** How many characters the columns of a table hold, of those that say so: `varchar(n)`, `char(n)`, and domains over them. */
export async function columnLengths(tx: PoolClient, table: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await tx.query<{ name: string; length: number }>(statement, [quoteName(table)]);
  return new Map(rows.map(({ name, length }) => [name, length]));
}
