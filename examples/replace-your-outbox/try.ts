// Sells for as long as it takes to kill each way's process many times, starts it again each time, and counts what came of the orders.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import pg from 'pg';
import { createActivities } from './activities.ts';
import { taskQueue } from './task-queue.ts';

/** What has just been committed: an order, or a charge by a workflow that was started. */
type Moment = 'order' | 'charge';

interface Way {
  name: string;
  /** When its process is killed. */
  killedAt: readonly Moment[];
  /** The arguments of node for the process that is killed. */
  process: string[];
  setUp?: string;
  cleanUp?: string;
  /** What is done for each order in the transaction that makes it; left out: the process itself makes orders. */
  order?: string;
  /** Answers whether nothing is left to start. */
  isDone?: string;
}

const outbox: Pick<Way, 'killedAt' | 'order' | 'isDone'> = {
  killedAt: ['charge'],
  order:
    'WITH sold AS (INSERT INTO shop.orders (cents) VALUES (1999) RETURNING id) INSERT INTO shop.outbox SELECT id FROM sold',
  isDone: 'SELECT NOT EXISTS (SELECT FROM shop.outbox WHERE sent_at IS NULL) AS done',
};
const ways: Way[] = [
  { name: 'start after COMMIT', killedAt: ['order'], process: ['after-commit.ts'] },
  { name: 'outbox', process: ['outbox.ts'], ...outbox },
  { name: 'outbox, duplicates rejected', process: ['outbox.ts', '--reject-duplicates'], ...outbox },
  {
    name: 'Switchyard',
    killedAt: ['order', 'charge'],
    process: ['node_modules/.bin/switchyard', 'start', 'starter'],
    setUp: await readFile('switchyard.sql', 'utf8'),
    cleanUp: `SELECT switchyard.drop_queue('orders')`,
    order: 'INSERT INTO shop.orders (cents) VALUES (1999)',
    isDone: `SELECT NOT EXISTS (SELECT FROM switchyard_jobs.orders WHERE status IN ('queued', 'processing')) AS done`,
  },
];

const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' } } });
const kills = Number(values.kills);
const address = process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233';
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
const shop = new pg.Client(process.env['DATABASE_URL']);
await shop.connect();
await shop.query('LISTEN shop');
const client = new Client({ connection: await Connection.connect({ address }) });
Runtime.install({ logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} } });

const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await sleep(10);
}
const numberOf = async (query: string) => Number((await pool.query(query)).rows[0].count);
const charges = () => numberOf('SELECT count(*) FROM shop.charges');

let said = '';
function run({ process: args }: Way): ChildProcess {
  said = '';
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`the process ended by itself: ${said}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Kills the process each time that it has got something done, at one of the next moments that may be bad for it. */
async function killAgainAndAgain(way: Way): Promise<void> {
  for (let killed = 0; killed < kills; killed += 1) {
    const before = await charges();
    const child = run(way);
    await until(async () => child.exitCode !== null || (await charges()) > before + 5);
    const moment = way.killedAt[killed % way.killedAt.length];
    const among = 1 + Math.floor(Math.random() * 10);
    for (let seen = 0; seen < among && child.exitCode === null; ) {
      const [{ payload }] = (await once(shop, 'notification')) as [pg.Notification];
      if (payload === moment) seen += 1;
    }
    await kill(child);
  }
}

async function sell({ order }: Way, signal: AbortSignal): Promise<void> {
  if (order === undefined) return;
  while (!signal.aborted) {
    await pool.query(order);
    await sleep(20);
  }
}

/** Lets what is left be started, and each workflow end. */
async function settle(way: Way): Promise<void> {
  const { isDone } = way;
  if (isDone !== undefined) {
    const child = run(way);
    await until(async () => child.exitCode !== null || (await pool.query(isDone)).rows[0].done);
    await kill(child);
  }
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM shop.orders');
  for (const { id } of rows) await until(async () => !(await isRunning(`order-${id}`)));
}

const isRunning = (workflowId: string) =>
  client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      ({ status }) => status.name === 'RUNNING',
      (error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      },
    );

async function tryOut(way: Way) {
  await pool.query(await readFile('shop.sql', 'utf8'));
  // Workflow ids that no earlier try has used.
  await pool.query(`ALTER TABLE shop.orders ALTER id RESTART WITH ${Date.now()}`);
  if (way.setUp !== undefined) await pool.query(way.setUp);
  const over = new AbortController();
  const selling = sell(way, over.signal);
  await killAgainAndAgain(way);
  over.abort();
  await selling;
  await settle(way);
  if (way.cleanUp !== undefined) await pool.query(way.cleanUp);
  return {
    way: way.name,
    kills,
    orders: await numberOf('SELECT count(*) FROM shop.orders'),
    lost: await numberOf(
      'SELECT count(*) FROM shop.orders WHERE id NOT IN (SELECT order_id FROM shop.charges)',
    ),
    'charged twice': await numberOf(
      'SELECT count(*) FROM (SELECT FROM shop.charges GROUP BY order_id HAVING count(*) > 1) AS twice',
    ),
  };
}

const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowsPath: new URL('./workflows.ts', import.meta.url).pathname,
  activities: createActivities(pool),
});
await worker.runUntil(async () => {
  const seen = [];
  for (const way of ways) seen.push(await tryOut(way));
  console.table(seen);
});
await connection.close();
await client.connection.close();
await shop.end();
await pool.end();
