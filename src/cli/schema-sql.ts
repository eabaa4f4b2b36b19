import { readFile } from 'node:fs/promises';
import { quoteLiteral } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import { engineFolder, migrationNames } from '../platform/migration-names.ts';

/** A migration for a tool of the user's, and what undoes it. */
export interface MigrationSql {
  up: string;
  down: string;
}

/** What `migrate` makes before the first one: the list of what ran. */
const listOfMigrations = `CREATE SCHEMA switchyard;

CREATE TABLE switchyard.migrations (
  id     serial       PRIMARY KEY,
  name   varchar(255) NOT NULL,
  run_on timestamp    NOT NULL
);`;

const undo = `DROP SCHEMA switchyard_jobs CASCADE;
DROP SCHEMA switchyard CASCADE;`;

/**
 * The schema as one migration, which marks ours as run, so that a later `switchyard migrate` goes on from there. With `after`: only what
 * came after the migration of that name, for a database that has it.
 * @throws {SetupError} when there is no migration of that name
 */
export async function schemaSql(after?: string): Promise<MigrationSql> {
  const all = await inOrder();
  if (after === undefined) return { up: [listOfMigrations, ...(await texts(all))].join('\n\n'), down: undo };
  const at = all.indexOf(after);
  if (at < 0)
    throw new SetupError(`there is no migration ${JSON.stringify(after)}; there are ${all.join(', ')}`);
  return { up: (await texts(all.slice(at + 1))).join('\n\n'), down: '' };
}

/** In the order in which they run. */
const inOrder = async (): Promise<string[]> =>
  (await migrationNames(engineFolder)).toSorted(
    (one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10),
  );

const texts = (names: readonly string[]): Promise<string[]> => Promise.all(names.map(textOf));

async function textOf(name: string): Promise<string> {
  const text = await readFile(new URL(`${name}.sql`, engineFolder), 'utf8');
  return [
    `-- Switchyard: ${name}`,
    text.replace(/^\s*-- Up Migration\n/, '').trim(),
    `INSERT INTO switchyard.migrations (name, run_on) VALUES (${quoteLiteral(name)}, now());`,
  ].join('\n');
}
