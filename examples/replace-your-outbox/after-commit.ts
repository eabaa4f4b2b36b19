// The first way by hand: write, COMMIT, then start the workflow.
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { taskQueue } from './task-queue.ts';

const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233' });
const client = new Client({ connection });
const database = new pg.Client(process.env['DATABASE_URL']);
await database.connect();

async function buy(cents: number): Promise<void> {
  await database.query('BEGIN');
  const { rows } = await database.query('INSERT INTO shop.orders (cents) VALUES ($1) RETURNING id', [cents]);
  await database.query('COMMIT');
  // Whoever dies here has sold something that nobody will ever send.
  const { id } = rows[0];
  await client.workflow.start('processOrder', {
    taskQueue,
    workflowId: `order-${id}`,
    args: [{ id, cents }],
  });
}

while (true) await buy(1999);
