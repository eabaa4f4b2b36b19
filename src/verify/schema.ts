import type { Pool } from '../platform/database.ts';
import { isDatabaseError } from '../platform/database-errors.ts';
import { SetupError } from '../platform/errors.ts';
import type { Logger } from '../platform/logging.ts';
import { engineFolder, isLaterThan, migrationNames } from '../platform/migration-names.ts';

interface Migrations {
  ran: readonly string[];
  /** Those that a process must know to run on this database. */
  required: readonly string[];
}

/**
 * What a process does at its start: as {@link schemaFits}, and says so when the schema is a later one.
 * @throws {SetupError} when it does not fit
 */
export async function requireSchema(pool: Pool, log: Logger): Promise<void> {
  const later = await schemaFits(pool);
  if (later.length > 0)
    log.warn(
      { migrations: later },
      'the database was migrated by a later version, whose schema fits this one too',
    );
}

/**
 * Compares the engine's migrations that this process knows with those that the database has. A process runs on the schema of its own version
 * and on later ones, until one says that it no longer fits (`switchyard.required_migrations`). Answers those that it does not know.
 * @throws {SetupError} when the schema is older than the process, or is newer and does not fit it
 */
export async function schemaFits(pool: Pool): Promise<string[]> {
  const known = await migrationNames(engineFolder);
  const { ran, required } = await readMigrations(pool).catch((error: unknown) => {
    // Which rights a role lacks verifyRights tells, all at once.
    if (isDatabaseError(error) && error.code === '42501') return { ran: known, required: [] };
    throw error;
  });
  const pending = known.filter((name) => !ran.includes(name));
  if (pending.length > 0) throw new SetupError(older(pending));
  const unknown = required.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new SetupError(unfit(unknown));
  return ran.filter((name) => !known.includes(name) && isLaterThan(known, name));
}

async function readMigrations(pool: Pool): Promise<Migrations> {
  const { rows } = await pool.query<{ name: string }>('SELECT name FROM switchyard.migrations ORDER BY id');
  const ran = rows.map(({ name }) => name);
  if (!ran.includes(sinceRequired)) return { ran, required: [] };
  const required = await pool.query<{ name: string }>('SELECT name FROM switchyard.required_migrations');
  return { ran, required: required.rows.map(({ name }) => name) };
}

/** The migration that made the list of those that a process must know. */
const sinceRequired = '30_required-migrations';

const older = (pending: readonly string[]): string =>
  `The schema of the database is older than this version of Switchyard, which needs: ${pending.join(', ')}. ` +
  'Run `switchyard migrate` of this version first (in a checkout of Switchyard, `npm run migrate`); processes of the version before ' +
  'run on after it.';

const unfit = (unknown: readonly string[]): string =>
  `The database was migrated by a later version of Switchyard, and its schema no longer fits this one, which does not know: ` +
  `${unknown.join(', ')}. Start the processes of the later version instead.`;
