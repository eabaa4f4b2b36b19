import { createPool } from './database.ts';
import { readDatabaseAddress } from './database-address.ts';

/** One database by the name that logs and metrics know it by. */
export interface NamedDatabase {
  readonly name: string;
  readonly url: string;
}

/** An entry of `DATABASES`: one database, or all of a server whose names fit a pattern. */
export type DatabaseEntry = NamedDatabase | { readonly pattern: string; readonly url: string };

const named = /^([\w.-]{1,63})=(postgres(?:ql)?:\/\/.+)$/;
const ofServer = /^(postgres(?:ql)?:\/\/[^/?#]*\/)([\w.*-]*\*[\w.*-]*)(\?.*)?$/;

/** Reads one entry: `NAME=postgres://…`, or `postgres://HOST/PATTERN` with `*` in the pattern. `undefined`: it is neither. */
export function readDatabaseEntry(text: string): DatabaseEntry | undefined {
  const [, name, url] = named.exec(text) ?? [];
  if (name !== undefined && url !== undefined)
    return readDatabaseAddress(url) === undefined ? undefined : { name, url };
  const pattern = ofServer.exec(text)?.[2];
  return pattern === undefined || readDatabaseAddress(text) === undefined
    ? undefined
    : { pattern, url: text };
}

/** The databases that an entry means now; those of a pattern are those that its server has. */
export async function databasesOf(entry: DatabaseEntry): Promise<readonly NamedDatabase[]> {
  if ('name' in entry) return [entry];
  const pool = createPool({
    connectionString: addressOf(entry.url, 'postgres'),
    applicationName: 'switchyard looks for databases',
    max: 1,
    statementTimeoutMs: 5_000,
    onError: () => undefined, // told by the statement as well
  });
  try {
    const { rows } = await pool.query<{ name: string }>(databases);
    const fits = new RegExp(`^${entry.pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    return rows
      .filter(({ name }) => fits.test(name))
      .map(({ name }) => ({ name, url: addressOf(entry.url, name) }));
  } finally {
    await pool.end();
  }
}

const databases = `
  SELECT datname AS name FROM pg_catalog.pg_database
   WHERE datallowconn AND NOT datistemplate AND pg_catalog.has_database_privilege(oid, 'CONNECT') ORDER BY datname`;

const addressOf = (url: string, database: string): string =>
  url.replace(
    ofServer,
    (_, server: string, __, query: string = '') => `${server}${encodeURIComponent(database)}${query}`,
  );
