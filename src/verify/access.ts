import { type Pool, quoteColumn, quoteName } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { hidesRows } from '../sql/row-security.ts';

interface Access {
  role: string;
  kind: string;
  unlogged: boolean;
  inherits: boolean;
  rules: string[];
  replication_role: string;
  hidden: boolean;
  unreadable: string[];
  unwritable: string[];
  triggers: string[];
  null_priority: boolean;
}

/** What else keeps our role from the rows of a table that has the right columns: in the words to show, each with the way out. */
export async function accessProblems(pool: Pool, queue: QueueDefinition): Promise<string[]> {
  const access = await readAccess(pool, queue);
  if (access === undefined) return [];
  const nulls =
    access.null_priority && access.unreadable.length === 0 ? await nullPriorities(pool, queue) : 0;
  return [
    ...kindProblemsOf(queue, access),
    ...rightProblems(queue, access),
    ...triggerProblems(queue, access),
    ...nullProblems(queue, access, nulls),
  ];
}

/** What keeps the table from being a job table whatever its columns are: a view, a partition, an unlogged table, one with rules. */
export async function kindProblems(pool: Pool, queue: QueueDefinition): Promise<string[]> {
  const access = await readAccess(pool, queue);
  return access === undefined ? [] : kindProblemsOf(queue, access);
}

async function readAccess(pool: Pool, queue: QueueDefinition): Promise<Access | undefined> {
  const { rows } = await pool.query<Access>(accessQuery, [
    quoteName(queue.table),
    Object.values(queue.columns),
    writtenColumns(queue),
    queue.key === undefined ? null : queue.columns.priority,
  ]);
  return rows[0];
}

const writtenColumns = ({ columns, resultColumns, progressColumns }: QueueDefinition): string[] => {
  const { id: _, priority: __, label: ___, requestId: ____, ...written } = columns;
  return [...Object.values(written), ...resultColumns, ...(progressColumns ?? [])];
};

/** By `relkind`. */
const kinds: Record<string, string> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  p: 'a partitioned table',
};

function kindProblemsOf({ table }: QueueDefinition, access: Access): string[] {
  const kind = kinds[access.kind];
  return [
    ...(kind === undefined
      ? []
      : [
          `${table} is ${kind}; a queue needs an ordinary table, whose rows it can lock and whose triggers see every change`,
        ]),
    ...(access.inherits
      ? [
          `${table} is a partition, or inherits from or to another table: rows that come through the other one pass its triggers by; ` +
            'give the jobs a table of their own',
        ]
      : []),
    ...(access.unlogged
      ? [
          `${table} is unlogged: a crash of Postgres empties it while its workflows run; ALTER TABLE ${table} SET LOGGED`,
        ]
      : []),
    ...access.rules.map(
      (rule) =>
        `${table} has the rule "${rule}", which changes what an UPDATE does; make it a trigger, and DROP RULE ${quoteName(rule)} ON ${table}`,
    ),
  ];
}

function rightProblems(queue: QueueDefinition, access: Access): string[] {
  const { table } = queue;
  const { role } = access;
  const lacks = (right: string, columns: readonly string[]) =>
    columns.length === 0
      ? []
      : [
          `role "${role}" may not ${right} ${columns.join(', ')} of ${table}; GRANT SELECT, UPDATE ON ${table} TO ${quoteName(role)}`,
        ];
  return [
    ...lacks('SELECT', access.unreadable),
    ...lacks('UPDATE', access.unwritable),
    ...(access.hidden ? [hiddenRows(queue, role)] : []),
  ];
}

const hiddenRows = ({ table }: QueueDefinition, role: string): string =>
  `row-level security of ${table} hides rows from role "${role}", which would wait for ever or be taken for gone; ` +
  `CREATE POLICY switchyard ON ${table} TO ${quoteName(role)} USING (true), or ALTER ROLE ${quoteName(role)} BYPASSRLS`;

/** Why the table cannot even be looked at: nothing more can be asked then. */
export async function schemaProblems(pool: Pool, { table }: QueueDefinition): Promise<string[]> {
  const { rows } = await pool.query<{ role: string; schema: string }>(closedSchemaQuery, [quoteName(table)]);
  return rows.map(
    ({ role, schema }) =>
      `role "${role}" may not use the schema of ${table}; GRANT USAGE ON SCHEMA ${quoteColumn(schema)} TO ${quoteName(role)}`,
  );
}

/** Whether row-level security hides rows of the table: all that is asked of a queue whose jobs others do. */
export async function rowSecurityProblems(pool: Pool, queue: QueueDefinition): Promise<string[]> {
  if ((await schemaProblems(pool, queue)).length > 0) return [];
  const { rows } = await pool.query<{ role: string }>(hiddenQuery, [quoteName(queue.table)]);
  return rows.map(({ role }) => hiddenRows(queue, role));
}

const wantedTriggers = ['switchyard_before_update', 'switchyard_after_update', 'switchyard_after_insert'];

function triggerProblems({ name, table }: QueueDefinition, access: Access): string[] {
  if (access.kind !== 'r') return [];
  const role = access.replication_role;
  const off = wantedTriggers.filter((wanted) => !access.triggers.includes(wanted));
  if (role === 'replica')
    return [
      `session_replication_role is "replica" for role "${access.role}", so that no trigger of ${table} runs; ` +
        `ALTER ROLE ${quoteName(access.role)} RESET session_replication_role`,
    ];
  if (off.length === 0) return [];
  return [
    `the triggers ${off.join(', ')} of ${table} are missing or disabled; ALTER TABLE ${table} ENABLE TRIGGER …, ` +
      `or, where all of them are gone, SELECT switchyard.add_job_table('${name}', '${table}', …) as its migration does`,
  ];
}

/** Keys take turns by (priority, key), and no NULL is behind any other value. */
function nullProblems({ table, columns }: QueueDefinition, access: Access, nulls: number): string[] {
  if (!access.null_priority) return [];
  const column = quoteName(columns.priority);
  const first =
    nulls === 0
      ? ''
      : `${nulls} rows have none: UPDATE ${table} SET ${column} = 0 WHERE ${column} IS NULL; then `;
  return [
    `columns.priority names "${columns.priority}", which may be NULL, and such a row would wait for ever; ` +
      `${first}ALTER TABLE ${table} ALTER ${column} SET DEFAULT 0, ALTER ${column} SET NOT NULL`,
  ];
}

async function nullPriorities(pool: Pool, { table, columns }: QueueDefinition): Promise<number> {
  const text = `SELECT count(*)::integer AS nulls FROM ${quoteName(table)} WHERE ${quoteName(columns.priority)} IS NULL`;
  return (await pool.query<{ nulls: number }>(text)).rows[0]?.nulls ?? 0;
}

/** $1 table. */
const closedSchemaQuery = `
  SELECT current_user::text AS role, nspname::text AS schema FROM pg_catalog.pg_namespace
   WHERE cardinality(parse_ident($1)) = 2 AND nspname = (parse_ident($1))[1] AND NOT has_schema_privilege(oid, 'USAGE')`;

/** $1 table. */
const hiddenQuery = `
  SELECT current_user::text AS role FROM pg_catalog.pg_class WHERE oid = to_regclass($1) AND ${hidesRows('pg_class.oid')}`;

/** $1 table, $2 columns that are read, $3 columns that are written, $4 a column that must not be NULL. */
const accessQuery = `
  WITH job_table AS (SELECT * FROM pg_class WHERE oid = to_regclass($1))
  SELECT current_user::text AS role, relkind::text AS kind, relpersistence = 'u' AS unlogged,
         relispartition OR EXISTS (SELECT FROM pg_inherits WHERE job_table.oid IN (inhrelid, inhparent))
           AND relkind = 'r' AS inherits,
         ARRAY(SELECT rulename::text FROM pg_rewrite
                WHERE ev_class = job_table.oid AND ev_type = '2' AND relkind = 'r') AS rules,
         current_setting('session_replication_role') AS replication_role,
         ${hidesRows('job_table.oid')} AS hidden,
         ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = job_table.oid AND attnum > 0 AND NOT attisdropped
                  AND attname = ANY ($2::text[]) AND NOT has_column_privilege(job_table.oid, attnum, 'SELECT')
                ORDER BY attnum) AS unreadable,
         ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = job_table.oid AND attnum > 0 AND NOT attisdropped
                  AND attname = ANY ($3::text[]) AND NOT has_column_privilege(job_table.oid, attnum, 'UPDATE')
                ORDER BY attnum) AS unwritable,
         ARRAY(SELECT tgname::text FROM pg_trigger WHERE tgrelid = job_table.oid AND tgenabled IN ('O', 'A')) AS triggers,
         EXISTS (SELECT FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
                  WHERE attrelid = job_table.oid AND attname = $4 AND NOT attnotnull AND NOT typnotnull) AS null_priority
    FROM job_table`;
