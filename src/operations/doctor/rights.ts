import { quoteColumn } from '../../platform/database.ts';
import { type Group, missingOf } from '../../verify/rights.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';

const groups: readonly Group[] = ['switchyard_starter', 'switchyard_worker', 'switchyard_api'];

/** Whether the groups, and the logins of the processes that are connected, have the rights that `switchyard.grants` lists. */
export const rights: Check = {
  name: 'the rights of the roles',
  needs: ['schema'],
  async find({ pool }) {
    const { rows } = await pool.query<{ role: string; group: Group }>(holdersQuery, [groups]);
    const missing = await Promise.all(
      rows.map(async ({ role, group }) => ({ role, group, lacks: await missingOf(pool, role, group) })),
    );
    return missing
      .filter(({ lacks }) => lacks.length > 0)
      .map(({ role, group, lacks }) =>
        found(
          'RIGHTS_MISSING',
          `role ${role}`,
          `it lacks rights that ${group} has: ${lacks.map(({ rights, object }) => `${rights} on ${object}`).join('; ')}`,
          role === group
            ? 'As the owner of the schema switchyard: SELECT switchyard.apply_grants()'
            : `GRANT ${group} TO ${quoteColumn(role)}`,
        ),
      );
  },
};

/** The groups that somebody is in; and who is connected as a process, by the names of the connections, which everybody may read. */
const holdersQuery = `
  SELECT rolname::text AS role, rolname::text AS group FROM pg_catalog.pg_roles
   WHERE rolname = ANY ($1::text[]) AND EXISTS (SELECT FROM pg_catalog.pg_auth_members WHERE roleid = pg_roles.oid)
  UNION
  SELECT usename::text, 'switchyard_' || split_part(application_name, ' ', 2)
    FROM pg_catalog.pg_stat_activity
   WHERE datname = current_database() AND application_name ~ '^switchyard (starter|worker|api) '`;
