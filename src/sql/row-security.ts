/**
 * A condition: whether row-level security keeps rows of a table from the role that asks, for reading or for changing them. Only a
 * policy without any condition of its own shows them all. The table is an expression of type `regclass` or `oid`.
 */
export const hidesRows = (table: string): string => `(row_security_active(${table}) AND NOT (
    ${hasOpenPolicy(table, 'r')} AND ${hasOpenPolicy(table, 'w')}
    AND NOT EXISTS (${policiesOf(table)} AND NOT polpermissive AND polcmd IN ('*', 'r', 'w') AND NOT ${isOpen})))`;

/** Those that apply to the role. */
const policiesOf = (table: string): string => `
  SELECT FROM pg_catalog.pg_policy
   WHERE polrelid = ${table}
     AND (0 = ANY (polroles) OR EXISTS (SELECT FROM unnest(polroles) AS member (oid) WHERE pg_has_role(member.oid, 'USAGE')))`;

const isOpen = `(pg_get_expr(polqual, polrelid) = 'true' AND coalesce(pg_get_expr(polwithcheck, polrelid), 'true') = 'true')`;

/** A policy that lets the role at every row, for one kind of command. */
const hasOpenPolicy = (table: string, command: 'r' | 'w'): string =>
  `EXISTS (${policiesOf(table)} AND polpermissive AND polcmd IN ('*', '${command}') AND ${isOpen})`;
