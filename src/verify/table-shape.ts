import { type Pool, quoteName } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';

/** A column of a job table, as the database has it. */
export interface Column {
  name: string;
  /** As people write it: `character varying(20)`, the name of a domain. */
  declared: string;
  /** What it is in the end, below its domains: a name of `pg_type`, `enum` or `composite`. */
  type: string;
  /** Of a text of limited length; `null`: any. */
  length: number | null;
  required: boolean;
  /** Its values cannot be written: a generated column, or an identity that is ALWAYS generated. */
  generated: boolean;
}

export interface TableShape {
  columns: Column[];
  /** The words of the type of the status, where that is an enum. */
  states: string[] | null;
  /** Conditions on the status alone. */
  checks: { name: string; condition: string }[];
  id_is_unique: boolean;
}

/** `undefined`: there is no such table. */
export async function readShape(pool: Pool, queue: QueueDefinition): Promise<TableShape | undefined> {
  const { rows } = await pool.query<TableShape>(shapeQuery, [
    quoteName(queue.table),
    queue.columns.status,
    queue.columns.id,
  ]);
  return rows[0];
}

/** $1 table, $2 status column, $3 id column. */
const shapeQuery = `
  WITH RECURSIVE attribute AS MATERIALIZED (
    SELECT * FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
  ), layer AS (
    SELECT attnum, atttypid AS type, atttypmod AS modifier, attnotnull AS required, 0 AS depth FROM attribute
    UNION ALL
    SELECT attnum, typbasetype, CASE WHEN modifier = -1 THEN typtypmod ELSE modifier END, required OR typnotnull, depth + 1
      FROM layer JOIN pg_catalog.pg_type AS domain ON domain.oid = type AND typtype = 'd'
  ), base AS (
    SELECT DISTINCT ON (attnum) * FROM layer ORDER BY attnum, depth DESC
  )
  SELECT (SELECT jsonb_agg(jsonb_build_object(
                   'name', attname, 'declared', format_type(atttypid, atttypmod), 'required', required,
                   'type', CASE typtype WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite' ELSE typname END,
                   'length', CASE WHEN typname IN ('varchar', 'bpchar') AND modifier > 4 THEN modifier - 4 END,
                   'generated', attgenerated <> '' OR attidentity = 'a') ORDER BY attnum)
            FROM attribute JOIN base USING (attnum) JOIN pg_catalog.pg_type ON pg_type.oid = base.type) AS columns,
         (SELECT array_agg(enumlabel::text ORDER BY enumsortorder)
            FROM attribute JOIN base USING (attnum) JOIN pg_catalog.pg_enum ON enumtypid = base.type WHERE attname = $2) AS states,
         coalesce((SELECT jsonb_agg(jsonb_build_object('name', conname, 'condition', pg_get_expr(conbin, conrelid)) ORDER BY conname)
            FROM pg_catalog.pg_constraint JOIN attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
           WHERE contype = 'c' AND attname = $2), '[]') AS checks,
         EXISTS (SELECT FROM pg_catalog.pg_index JOIN attribute ON attrelid = indrelid
                  WHERE indisunique AND indisvalid AND indpred IS NULL AND indnkeyatts = 1 AND indkey[0] = attnum
                    AND attname = $3) AS id_is_unique
    FROM pg_catalog.pg_class WHERE pg_class.oid = to_regclass($1)`;
