import type { Pool, PoolClient } from '../platform/database.ts';
import { isUndefinedTable } from '../platform/database-errors.ts';
import { SetupError } from '../platform/errors.ts';

/** Which database this is, and where it was when that was last decided. */
export interface DatabaseIdentity {
  id: string;
  /** Where it got its id, or kept it. */
  place: string;
  /** Where it is now. Elsewhere: it is a copy, or was moved. */
  here: string;
  /** The name of the database that was in `place`. */
  databaseName: string;
  /** When, in milliseconds since 1970. */
  keptAtMs: number;
}

/**
 * Reads the identity of the database.
 * @throws {SetupError} when there is none
 */
export async function readIdentity(db: Pick<Pool | PoolClient, 'query'>): Promise<DatabaseIdentity> {
  const answer = await db.query<DatabaseIdentity>(own).catch((error: unknown) => {
    if (isUndefinedTable(error)) return { rows: [] };
    throw error;
  });
  const identity = answer.rows[0];
  if (identity !== undefined) return identity;
  throw new SetupError('The database has no identity (switchyard.database_identity); run `npm run migrate`');
}

const own = `
  SELECT id::text AS id, place, switchyard.database_place() AS here, database_name AS "databaseName",
         (extract(epoch FROM kept_at) * 1000)::double precision AS "keptAtMs"
    FROM switchyard.database_identity`;

/** Whether the database is where it got its identity, or kept it. */
export const isInPlace = ({ place, here }: DatabaseIdentity): boolean => place === here;

/**
 * Reads the identity of a database that is to be served.
 * @throws {SetupError} when it may be a copy: the jobs in flight that its rows tell of may be another database's
 */
export async function requireIdentity(pool: Pool): Promise<DatabaseIdentity> {
  const identity = await readIdentity(pool);
  if (isInPlace(identity)) return identity;
  throw new SetupError(describeCopy(identity));
}

export const describeCopy = ({ id, databaseName, place, here }: DatabaseIdentity): string =>
  `This database is a copy, or it was moved: its identity ${id} belongs to the database "${databaseName}" at ${place}, and ` +
  `this one is at ${here}. Two databases with one identity would destroy each other's jobs, so nothing was touched.\n` +
  '  It replaces the other one (a restore, an upgrade, a move): stop what serves the other one, then\n' +
  '    switchyard identity keep      (in a checkout of Switchyard: npm run identity -- keep)\n' +
  '  It is a copy, and the other one lives on:\n' +
  '    switchyard identity new       (npm run identity -- new)';
