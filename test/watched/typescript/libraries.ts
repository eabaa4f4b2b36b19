import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import knexClient from 'knex';
import { CamelCasePlugin, CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import postgres from 'postgres';
import { DataSource } from 'typeorm';
import {
  type Db,
  fromDrizzle,
  fromKnex,
  fromKysely,
  fromPostgresJs,
  fromPrisma,
} from '../../../src/index.ts';
import { openPrisma } from './prisma.ts';

/** The library as an application has it. */
export interface Library {
  /** Outside of a transaction. */
  db: Db;
  /** Runs `work` in the library's own transaction; `write` is the library's own way to send a statement there. */
  transaction<T>(work: (db: Db, write: (text: string) => PromiseLike<unknown>) => Promise<T>): Promise<T>;
  close(): Promise<unknown>;
}

/** Opens each of the libraries that `Db` and its adapters are made for. */
export const libraries: Record<string, (url: string) => Promise<Library>> = {
  pg: async (url) => {
    const pool = new pg.Pool({ connectionString: url });
    return {
      db: pool,
      async transaction(work) {
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          const answer = await work(client, (text) => client.query(text));
          await client.query('COMMIT');
          return answer;
        } catch (error) {
          await client.query('ROLLBACK');
          throw error;
        } finally {
          client.release();
        }
      },
      close: () => pool.end(),
    };
  },

  'TypeORM, by its entity manager': async (url) => {
    const source = await new DataSource({ type: 'postgres', url }).initialize();
    return {
      db: source,
      transaction: (work) => source.transaction((manager) => work(manager, (text) => manager.query(text))),
      close: () => source.destroy(),
    };
  },

  'TypeORM, by its query runner': async (url) => {
    const source = await new DataSource({ type: 'postgres', url }).initialize();
    return {
      db: source,
      async transaction(work) {
        const runner = source.createQueryRunner();
        await runner.startTransaction();
        try {
          const answer = await work(runner, (text) => runner.query(text));
          await runner.commitTransaction();
          return answer;
        } catch (error) {
          await runner.rollbackTransaction();
          throw error;
        } finally {
          await runner.release();
        }
      },
      close: () => source.destroy(),
    };
  },

  Prisma: async (url) => {
    const prisma = openPrisma(url);
    return {
      db: fromPrisma(prisma),
      transaction: (work) =>
        prisma.$transaction((tx) => work(fromPrisma(tx), (text) => tx.$executeRawUnsafe(text))),
      close: () => prisma.$disconnect(),
    };
  },

  'Drizzle on pg': async (url) => {
    const pool = new pg.Pool({ connectionString: url });
    const database = drizzle(pool);
    return {
      db: fromDrizzle(database, sql),
      transaction: (work) =>
        database.transaction((tx) => work(fromDrizzle(tx, sql), (text) => tx.execute(text))),
      close: () => pool.end(),
    };
  },

  'Drizzle on postgres.js': async (url) => {
    const client = postgres(url);
    const database = drizzlePostgresJs(client);
    return {
      db: fromDrizzle(database, sql),
      transaction: (work) =>
        database.transaction((tx) => work(fromDrizzle(tx, sql), (text) => tx.execute(text))),
      close: () => client.end(),
    };
  },

  Kysely: async (url) => {
    const database = new Kysely<object>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }),
      plugins: [new CamelCasePlugin()],
    });
    return {
      db: fromKysely(database),
      transaction: (work) =>
        database
          .transaction()
          .execute((trx) => work(fromKysely(trx), (text) => trx.executeQuery(CompiledQuery.raw(text)))),
      close: () => database.destroy(),
    };
  },

  Knex: async (url) => {
    const knex = knexClient({ client: 'pg', connection: url });
    return {
      db: fromKnex(knex),
      transaction: (work) => knex.transaction((trx) => work(fromKnex(trx), (text) => trx.raw(text))),
      close: () => knex.destroy(),
    };
  },

  'postgres.js': async (url) => {
    const client = postgres(url);
    return {
      db: fromPostgresJs(client),
      transaction: async (work) => {
        const begun = client.begin((tx) => work(fromPostgresJs(tx), (text) => tx.unsafe(text)));
        return (await begun) as Awaited<ReturnType<typeof work>>;
      },
      close: () => client.end(),
    };
  },
};
