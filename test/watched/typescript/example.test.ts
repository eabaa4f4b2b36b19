import { globSync, readFileSync } from 'node:fs';
import { drizzle } from 'drizzle-orm/node-postgres';
import knexClient from 'knex';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { cancel, enqueue, getJob, queueSql, SchemaError } from 'pg-switchyard';
import postgres from 'postgres';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWatchedYard, type WatchedYard } from '../../support/watched/yard.ts';
import { again, enqueueOthers, messageIdOf, reports } from './example/jobs.ts';
import { emails, orders } from './example/queues.ts';
import * as transactions from './example/transactions.ts';
import { openPrisma } from './prisma.ts';

let yard: WatchedYard;
beforeAll(async () => {
  yard = await openWatchedYard();
  await yard.pool.query('CREATE TABLE customers (name text NOT NULL)');
  await yard.pool.query(
    'CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL, job_status text)',
  );
  for (const queue of [emails, orders, reports]) await yard.pool.query(queueSql(queue).create);
});
afterAll(() => yard.close());

const trimmed = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .join('\n');

test('what docs/typescript.md shows is what runs here', () => {
  const fences = [...readFileSync('docs/typescript.md', 'utf8').matchAll(/^```ts\n(.+?)^```$/gms)];
  const files = globSync('test/watched/typescript/example/*.ts').concat(
    'test/watched/typescript/testing.test.ts',
  );
  const texts = files.map((file) => trimmed(readFileSync(file, 'utf8')));
  expect(fences.length).toBeGreaterThan(12);
  for (const [, code = ''] of fences)
    expect(
      texts.some((text) => text.includes(trimmed(code))),
      code,
    ).toBe(true);
});

/** Runs one of them, and answers which emails were enqueued with a customer. */
async function enqueuedBy(run: () => Promise<void>) {
  await yard.pool.query('TRUNCATE customers');
  await yard.pool.query('DELETE FROM switchyard_jobs.emails');
  await run();
  const { rows } = await yard.pool.query('SELECT name, input FROM customers, switchyard_jobs.emails');
  return rows;
}

const max = 1;
const runs: Record<string, (connectionString: string) => Promise<void>> = {
  pg: async (connectionString) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    await transactions.withPg(client).finally(() => client.end());
  },
  TypeORM: async (url) => {
    const entities = [transactions.Customer];
    const dataSource = await new DataSource({ type: 'postgres', url, entities }).initialize();
    await transactions.withTypeOrm(dataSource).finally(() => dataSource.destroy());
  },
  Prisma: async (connectionString) => {
    const prisma = openPrisma(connectionString);
    await transactions.withPrisma(prisma).finally(() => prisma.$disconnect());
  },
  Drizzle: async (connectionString) => {
    const pool = new pg.Pool({ connectionString, max });
    await transactions.withDrizzle(drizzle(pool)).finally(() => pool.end());
  },
  Kysely: async (connectionString) => {
    const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString, max }) });
    const db = new Kysely<{ customers: { name: string } }>({ dialect });
    await transactions.withKysely(db).finally(() => db.destroy());
  },
  Knex: async (connection) => {
    const knex = knexClient({ client: 'pg', connection });
    await transactions.withKnex(knex).finally(() => knex.destroy());
  },
  'postgres.js': async (url) => {
    const sql = postgres(url, { max });
    await transactions.withPostgresJs(sql).finally(() => sql.end());
  },
};

test.each(Object.entries(runs))('%s', async (_, run) => {
  const enqueued = await enqueuedBy(() => run(yard.databaseUrl));
  expect(enqueued).toEqual([{ name: 'Ann', input: { to: 'ann@example.org' } }]);
});

test('the other functions', async () => {
  const [first = '', second = ''] = await enqueueOthers(yard.pool);
  expect(await getJob(yard.pool, emails, first)).toMatchObject({
    key: 'acme',
    input: { to: 'bob@example.org' },
  });
  await again(yard.pool, second);
  expect(await getJob(yard.pool, emails, second)).toMatchObject({
    status: 'queued',
    input: { to: 'eve@example.com' },
  });
  await cancel(yard.pool, emails, first);
  expect(await messageIdOf(yard.pool, first)).toBeNull();
  await expect(enqueue(yard.pool, reports, { month: 'May' })).rejects.toThrow(SchemaError);
});
