import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { migratePipelines } from '../admin/migrate-pipelines.ts';
import { createPool, type Pool } from '../platform/database.ts';
import { DatabaseClient } from '../platform/database-client.ts';
import type { Pipeline } from '../worker/pipeline.ts';

/** A database of a test's own. */
export interface ScratchDatabase {
  url: string;
  /** Connections to it, at most 10 at a time. */
  pool: Pool;
  /** Closes the pool and removes the database, whoever else is connected to it. */
  drop(): Promise<void>;
}

/**
 * Creates a database with a name of its own and brings it up to date: Switchyard's schema, then the migrations of the pipelines.
 * An application with migrations of its own runs them on `url`, after this. For a database that is there already, call
 * `migratePipelines` of `pg-switchyard/admin` instead.
 * @param options.serverUrl any database of the server, by a login that may create databases
 * @param options.pipelines left out: none, and Switchyard's schema alone
 * @throws the error of Postgres, or of the migration that failed; nothing is left then
 */
export async function createScratchDatabase(options: {
  serverUrl: string;
  pipelines?: readonly Pipeline[];
}): Promise<ScratchDatabase> {
  const { serverUrl, pipelines = [] } = options;
  const name = `switchyard_test_${randomBytes(8).toString('hex')}`;
  const address = new URL(serverUrl);
  address.pathname = `/${name}`;
  const url = address.href;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const remove = () => execute(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  try {
    await migratePipelines(url, pino({ level: 'silent' }), pipelines);
  } catch (error) {
    await remove();
    throw error;
  }
  const pool = createPool({
    connectionString: url,
    applicationName: 'test',
    max: 10,
    onError: () => undefined,
  });
  const drop = async () => {
    await pool.end();
    await remove();
  };
  return { url, pool, drop };
}

async function execute(connectionString: string, statement: string): Promise<void> {
  const client = new DatabaseClient({ connectionString, applicationName: 'switchyard test' });
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}
