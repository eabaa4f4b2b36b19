import { afterEach, beforeEach } from 'vitest';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { copyTestDatabase, createTestDatabase } from './database.ts';
import { lettersTemplate } from './database-name.ts';
import { type Office, openOffice } from './letters/office.ts';

type Database = Awaited<ReturnType<typeof createTestDatabase>>;

/** Databases and what runs on them, all gone at the end of the test. */
export interface Copies {
  /** Migrated, with an identity of its own; with letters unless another template is named. */
  create(template?: string): Promise<string>;
  /** Closes what is open on the database, and copies it. */
  copy(url: string): Promise<string>;
  pool(url: string): Pool;
  office(url: string, taskQueue?: string): Promise<Office>;
}

/** Gives each test of the file databases, copies of them, and pipelines. */
export function eachTestHasCopies(use: (copies: Copies) => void): void {
  const databases: Database[] = [];
  let open: { url: string; close(): Promise<void> }[] = [];
  const closeAll = async (url?: string) => {
    const closing = open.filter((part) => url === undefined || part.url === url);
    open = open.filter((part) => !closing.includes(part));
    for (const part of closing) await part.close();
  };
  const keep = (database: Database) => {
    databases.push(database);
    return database.url;
  };
  beforeEach(() =>
    use({
      create: async (template = lettersTemplate) => keep(await createTestDatabase(template)),
      async copy(url) {
        await closeAll(url);
        return keep(await copyTestDatabase(url));
      },
      pool(url) {
        const options = { connectionString: url, applicationName: 'test', max: 5 };
        const pool = createPool({ ...options, onError: () => undefined });
        open.push({ url, close: () => pool.end() });
        return pool;
      },
      async office(url, taskQueue) {
        const office = await openOffice({ databaseUrl: url, ...(taskQueue && { taskQueue }) });
        open.push({ url, close: () => office.close() });
        return office;
      },
    }),
  );
  afterEach(async () => {
    await closeAll();
    for (const database of databases.splice(0)) await database.drop();
  });
}
