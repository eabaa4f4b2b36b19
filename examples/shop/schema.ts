import { bigint, pgTable, text } from 'drizzle-orm/pg-core';

export const orders = pgTable('orders', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  item: text().notNull(),
  cents: bigint({ mode: 'number' }).notNull(),
  card: text(),
  state: text().notNull().default('new'),
  jobStatus: text('job_status'),
  jobError: text('job_error'),
});

export const journal = pgTable('journal', {
  orderId: bigint('order_id', { mode: 'number' }).notNull(),
  entry: text().notNull(),
});
