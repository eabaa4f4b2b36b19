import type pg from 'pg';

/** The database that `npm test` migrates once for all pipelines, and tests of applications copy. */
export const templateDatabase = 'switchyard';

/** The one that tests of the engine copy: it has the engine's tables, and those of `letters/`. */
export const lettersTemplate = 'letters';

/** Who owns all databases of tests: neither superuser nor allowed to create roles or databases, as on a managed Postgres. */
export const databaseOwner = 'unprivileged';

/** The same address for another account. */
export function withUser(url: string, user: string): string {
  const target = new URL(url);
  target.username = user;
  return target.href;
}

export function withDatabase(url: string, database: string): string {
  const target = new URL(url);
  target.pathname = `/${database}`;
  return target.href;
}

/** Makes a database that is a copy of another; by its files where there is a choice, which is quicker for small ones. */
export async function copyDatabase(
  client: pg.Client,
  name: string,
  template: string,
  owner = 'postgres',
): Promise<void> {
  const { rows } = await client.query<{ chooses: boolean }>(
    `SELECT current_setting('server_version_num')::integer >= 150000 AS chooses`,
  );
  const strategy = rows[0]?.chooses === true ? 'STRATEGY file_copy' : '';
  await client.query(`CREATE DATABASE ${name} OWNER ${owner} TEMPLATE ${template} ${strategy}`);
}
