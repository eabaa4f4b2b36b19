import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { pgTable, text } from 'drizzle-orm/pg-core';
import type { Knex } from 'knex';
import type { Kysely } from 'kysely';
import type pg from 'pg';
import { enqueue, fromDrizzle, fromKnex, fromKysely, fromPostgresJs, fromPrisma } from 'pg-switchyard';
import type postgres from 'postgres';
import { type DataSource, EntitySchema } from 'typeorm';
import type { Prisma } from '../prisma.ts';
import { emails } from './queues.ts';

const customer = { name: 'Ann' };
const email = { to: 'ann@example.org' };

export async function withPg(client: pg.Client): Promise<void> {
  await client.query('BEGIN');
  await client.query('INSERT INTO customers (name) VALUES ($1)', [customer.name]);
  await enqueue(client, emails, email);
  await client.query('COMMIT');
}

export const Customer = new EntitySchema<{ name: string }>({
  name: 'customers',
  columns: { name: { type: 'text', primary: true } },
});

export async function withTypeOrm(dataSource: DataSource): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await manager.insert(Customer, customer);
    await enqueue(manager, emails, email);
  });
}

export async function withPrisma(prisma: Prisma): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await tx.$executeRaw`INSERT INTO customers (name) VALUES (${customer.name})`;
    await enqueue(fromPrisma(tx), emails, email);
  });
}

const customers = pgTable('customers', { name: text().notNull() });

export async function withDrizzle(db: NodePgDatabase): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.insert(customers).values(customer);
    await enqueue(fromDrizzle(tx, sql), emails, email); // sql of drizzle-orm
  });
}

export async function withKysely(db: Kysely<{ customers: { name: string } }>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.insertInto('customers').values(customer).execute();
    await enqueue(fromKysely(trx), emails, email);
  });
}

export async function withKnex(knex: Knex): Promise<void> {
  await knex.transaction(async (trx) => {
    await trx('customers').insert(customer);
    await enqueue(fromKnex(trx), emails, email);
  });
}

export async function withPostgresJs(sql: postgres.Sql): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`INSERT INTO customers ${tx(customer)}`;
    await enqueue(fromPostgresJs(tx), emails, email);
  });
}
