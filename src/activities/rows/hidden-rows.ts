import { type PoolClient, quoteLiteral, quoteName } from '../../platform/database.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import { hidesRows } from '../../sql/row-security.ts';
import { DatabaseAway } from '../work/interruptions.ts';

/**
 * To be called before a row that was not found counts as gone: a policy that came after the worker's start may hide it.
 * @throws {DatabaseAway} when row-level security hides rows of the table: jobs wait until it does not any more
 */
export async function requireVisible(
  db: Pick<PoolClient, 'query'>,
  { table }: Pick<QueueDefinition, 'table'>,
): Promise<void> {
  const { rows } = await db.query<{ role: string; hidden: boolean }>(
    `SELECT current_user AS role, ${hidesRows(`${quoteLiteral(quoteName(table))}::regclass`)} AS hidden`,
  );
  const seen = rows[0];
  if (seen?.hidden === true)
    throw new DatabaseAway(
      `row-level security of ${table} hides rows from role "${seen.role}": a row that is not found may be there; ` +
        `CREATE POLICY switchyard ON ${table} TO "${seen.role}" USING (true)`,
    );
}
