import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, inject } from 'vitest';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { copyDatabase, databaseOwner, templateDatabase, withDatabase, withUser } from './database-name.ts';

/** A database of the caller's own. `drop` fails while somebody is still connected: close what you opened. */
interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A migrated one, with an identity of its own; with the tables of all pipelines unless another template is named. */
export async function createTestDatabase(template = templateDatabase): Promise<TestDatabase> {
  const database = await copyOf(template);
  await execute(database.url, [
    `UPDATE switchyard.database_identity
        SET id = gen_random_uuid(), place = switchyard.database_place(), database_name = current_database()`,
  ]);
  return database;
}

/** One that Switchyard has never seen. */
export const createEmptyDatabase = (): Promise<TestDatabase> =>
  createDatabase((client, name) => client.query(`CREATE DATABASE ${name} OWNER ${databaseOwner}`));

/** A copy as an operator makes one: with the identity of the other. Nobody may be connected to that one meanwhile. */
export const copyTestDatabase = (url: string): Promise<TestDatabase> =>
  copyOf(new URL(url).pathname.slice(1));

const copyOf = (template: string) =>
  createDatabase((client, name) => copyDatabase(client, name, template, databaseOwner));

async function createDatabase(
  create: (client: pg.Client, name: string) => Promise<unknown>,
): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(inject('postgresUrl'), (client) => create(client, name));
  return {
    url: withUser(withDatabase(inject('postgresUrl'), name), databaseOwner),
    drop: () => administer(`DROP DATABASE ${name}`),
  };
}

/** Gives each test of the file a database of its own and a pool on it, both gone afterwards; `use` is told the pool. */
export function eachTestHasPool(
  use: (pool: Pool) => void,
  { applicationName = 'test', template }: { applicationName?: string; template?: string } = {},
): void {
  let close: () => Promise<void>;
  beforeEach(async () => {
    const database = await createTestDatabase(template);
    const pool = createPool({
      connectionString: database.url,
      applicationName,
      max: 20,
      onError: () => undefined,
    });
    close = async () => {
      await pool.end();
      await database.drop();
    };
    use(pool);
  });
  afterEach(() => close());
}

/** The same database for an administrator of the server, who is bound by no right. */
export const asAdministrator = (url: string): string => withUser(url, 'postgres');

/** Statements as the owner of the server. */
export const administer = (...statements: string[]): Promise<void> =>
  execute(inject('postgresUrl'), statements);

const execute = (connectionString: string, statements: readonly string[]): Promise<void> =>
  onServer(connectionString, async (client) => {
    for (const statement of statements) await client.query(statement);
  });

/** What the statements of `act` answer, on a connection of their own. */
export async function onServer<T>(
  connectionString: string,
  act: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}
