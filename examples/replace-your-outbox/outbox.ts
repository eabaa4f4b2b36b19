// The second way by hand: a row in an outbox, in the transaction of the order, and a relay that starts its workflow and marks the row.
// With `--reject-duplicates` it does what is usually added after the first customer who paid twice.
import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import pg from 'pg';
import { taskQueue } from './task-queue.ts';

const policy = process.argv.includes('--reject-duplicates')
  ? WorkflowIdReusePolicy.REJECT_DUPLICATE
  : WorkflowIdReusePolicy.ALLOW_DUPLICATE; // Temporal's default

const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233' });
const client = new Client({ connection });
const database = new pg.Client(process.env['DATABASE_URL']);
await database.connect();

async function start({ id, cents }: { id: string; cents: number }): Promise<void> {
  try {
    await client.workflow.start('processOrder', {
      taskQueue,
      workflowId: `order-${id}`,
      workflowIdReusePolicy: policy,
      args: [{ id, cents }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Answers how many there were. */
async function relay(): Promise<number> {
  await database.query('BEGIN');
  const { rows } = await database.query(
    `SELECT id, cents::integer FROM shop.outbox JOIN shop.orders ON id = order_id
      WHERE sent_at IS NULL ORDER BY id LIMIT 10 FOR UPDATE OF outbox SKIP LOCKED`,
  );
  for (const order of rows) await start(order);
  // Whoever dies here has started them, and does not know.
  await database.query('UPDATE shop.outbox SET sent_at = now() WHERE order_id = ANY ($1)', [
    rows.map(({ id }) => id),
  ]);
  await database.query('COMMIT');
  return rows.length;
}

while (true) {
  if ((await relay()) === 0) await new Promise((done) => setTimeout(done, 100));
}
