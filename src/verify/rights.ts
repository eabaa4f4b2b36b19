import { type Pool, quoteName } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';

/** The groups that migrations make for processes. What a process needs is what its group has, by `switchyard.grants`. */
export type Group = 'switchyard_starter' | 'switchyard_worker' | 'switchyard_api';

/** Which of a group's rights are asked about. */
interface Scope {
  /** Those on objects of these schemas. */
  schemas: readonly string[];
  /** Whether on job tables too; else these are checked by the columns that their queues name (`verifyAccess`). */
  jobTables: boolean;
}

interface Login {
  role: string;
  usage: boolean;
  list: boolean;
  /** Whether it is in the group, and whether it has the group's rights by that; `null`: there is no such group. */
  member: boolean | null;
  inherits: boolean | null;
  version: number;
}

interface Missing {
  object: string;
  /** As GRANT takes them: `SELECT, UPDATE (last_used_at)`. */
  rights: string;
}

/**
 * Whether the role of this connection has the rights on Switchyard's own tables and functions that a process needs. Says nothing of
 * a database that is not migrated.
 * @throws {SetupError} that lists each object with the rights that are missing, and the GRANT to make
 */
export async function verifyRights(pool: Pool, group: Group, scope: Scope): Promise<void> {
  const login = (await pool.query<Login>(loginQuery, [group])).rows[0];
  if (login === undefined) return;
  const missing = await missingRights(pool, group, scope, login);
  if (missing.length === 0) return;
  const lines = missing.map(({ object, rights }) => {
    const grant = `GRANT ${rights} ON ${object} TO ${quoteName(login.role)}`;
    return `role "${login.role}" may not ${rights} ${object.replace(/^FUNCTION /, '')}; ${grant}`;
  });
  const problems = [...lines, ...allAtOnce(group, login)].join('\n  ');
  throw new SetupError(`The role lacks rights that ${group} has:\n  ${problems}`);
}

async function missingRights(pool: Pool, group: Group, scope: Scope, login: Login): Promise<Missing[]> {
  if (!login.usage) return [{ object: 'SCHEMA switchyard', rights: 'USAGE' }];
  if (!login.list) return [{ object: 'switchyard.grants', rights: 'SELECT' }];
  const { rows } = await pool.query<Missing>(missingQuery, [
    group,
    scope.schemas,
    scope.jobTables,
    login.role,
  ]);
  return rows;
}

/** What a role, of whichever connection, lacks of a group's rights on all that the list names. */
export async function missingOf(pool: Pool, role: string, group: Group): Promise<Missing[]> {
  const { rows } = await pool.query<Missing>(missingQuery, [group, null, true, role]);
  return rows;
}

const inheritanceOfGrants = 160_000;

/** The short way, where there is one. */
function allAtOnce(group: Group, { role, member, inherits, version }: Login): string[] {
  const login = quoteName(role);
  if (member === null) return [];
  if (!member) return [`all of these at once: GRANT ${group} TO ${login}`];
  if (inherits) return [`all of these at once, as the owner of the tables: SELECT switchyard.apply_grants()`];
  const mend =
    version < inheritanceOfGrants
      ? `ALTER ROLE ${login} INHERIT`
      : `GRANT ${group} TO ${login} WITH INHERIT TRUE`;
  return [`it is a member of ${group} that does not inherit its rights: ${mend}`];
}

/** $1 the group. */
const loginQuery = `
  SELECT current_user::text AS role, current_setting('server_version_num')::integer AS version,
         has_schema_privilege(relnamespace, 'USAGE') AS usage, has_table_privilege(pg_class.oid, 'SELECT') AS list,
         pg_has_role(pg_roles.oid, 'MEMBER') AS member, pg_has_role(pg_roles.oid, 'USAGE') AS inherits
    FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
    LEFT JOIN pg_catalog.pg_roles ON rolname = $1
   WHERE nspname = 'switchyard' AND relname = 'grants'`;

/**
 * $1 the group, $2 schemas (NULL: all), $3 whether job tables too, $4 whose rights. Objects are found by the catalog: a name that is resolved fails in a schema
 * that may not be used. A right on a table is a right on each of its columns, however it was granted.
 */
const missingQuery = `
  WITH needed AS (
    SELECT object, kind, words[1] AS privilege, string_to_array(replace(words[2], ' ', ''), ',') AS columns,
           CASE kind WHEN 'SCHEMA' THEN path[1] ELSE path[cardinality(path) - 1] END AS schema, path[cardinality(path)] AS name
      FROM switchyard.grants,
           coalesce(substring(object FROM '^(SCHEMA|FUNCTION) '), 'TABLE') AS kind,
           parse_ident(regexp_replace(object, '^(SCHEMA|FUNCTION) ', '')) AS path,
           regexp_matches(privileges, '(\\w+)(?: *\\(([^)]*)\\))?', 'g') AS words
     WHERE role = $1
  ), missing AS (
    SELECT needed.*, NULL::text AS lacks FROM needed JOIN pg_catalog.pg_namespace ON nspname = schema
     WHERE kind = 'SCHEMA' AND NOT has_schema_privilege($4::name, pg_namespace.oid, privilege)
    UNION ALL
    SELECT needed.*, NULL FROM needed
      JOIN pg_catalog.pg_namespace ON nspname = schema JOIN pg_catalog.pg_proc ON pronamespace = pg_namespace.oid AND proname = name
     WHERE kind = 'FUNCTION' AND NOT has_function_privilege($4::name, pg_proc.oid, privilege)
    UNION ALL
    SELECT needed.*, lacks FROM needed
      JOIN pg_catalog.pg_namespace ON nspname = schema JOIN pg_catalog.pg_class ON relnamespace = pg_namespace.oid AND relname = name
     CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE has) = 0 AS none, bool_and(has) AS every,
              string_agg(quote_ident(attname), ', ' ORDER BY attnum) FILTER (WHERE NOT has) AS list
         FROM pg_catalog.pg_attribute,
              LATERAL (SELECT CASE WHEN privilege = 'DELETE' THEN has_table_privilege($4::name, pg_class.oid, privilege)
                              ELSE has_column_privilege($4::name, pg_class.oid, attnum, privilege) END AS has) AS right_on
        WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
          AND (columns IS NULL OR attname = ANY (columns))) AS found
     CROSS JOIN LATERAL (SELECT CASE WHEN NOT none OR columns IS NOT NULL THEN list END AS lacks) AS shown
     WHERE kind = 'TABLE' AND NOT every
       AND ($3 OR NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'switchyard_after_update'))
  )
  SELECT object, string_agg(privilege || coalesce(' (' || lacks || ')', ''), ', ' ORDER BY privilege) AS rights
    FROM missing WHERE $2::text[] IS NULL OR schema = ANY ($2::text[]) GROUP BY object ORDER BY object`;
