import { migratePipelines } from '../src/admin/migrate-pipelines.ts';
import type { Pool } from '../src/platform/database.ts';
import { insertInChunks } from './backlog.ts';
import { alwaysBelow, type Benchmark } from './benchmark.ts';
import { openPool, startBenchPostgres } from './servers.ts';

/** Before and after, so that the slowest write without an attachment stands beside it. */
const besideMs = 2_000;

export const attach: Benchmark = {
  name: 'attach',
  about:
    'how long a table with a large number of rows takes to become a queue, and the slowest write beside it',
  async run(context) {
    const databaseUrl = await startBenchPostgres(context);
    await migratePipelines(databaseUrl, context.log, []);
    const pool = await openPool(context, databaseUrl, 4);
    await fillOrders(context, pool);
    const rounds = await context.repeat('attach and detach', () => attachBesideWriter(pool));
    const of = (key: keyof Round) => rounds.map((round) => round[key]);
    return [
      { name: 'attach', unit: 'ms', values: of('attachMs') },
      { name: 'detach', unit: 'ms', values: of('detachMs') },
      { name: 'slowest write, nothing beside it', unit: 'ms', values: of('slowestAloneMs') },
      {
        name: 'slowest write beside attach',
        unit: 'ms',
        values: of('slowestBesideAttachMs'),
        goal: alwaysBelow(100),
      },
      {
        name: 'slowest write beside detach',
        unit: 'ms',
        values: of('slowestBesideDetachMs'),
        goal: alwaysBelow(100),
      },
      { name: 'one write, before', unit: 'ms', values: of('insertBeforeMs') },
      { name: 'one write, attached', unit: 'ms', values: of('insertAttachedMs') },
    ];
  },
};

interface Round {
  attachMs: number;
  detachMs: number;
  slowestAloneMs: number;
  slowestBesideAttachMs: number;
  slowestBesideDetachMs: number;
  insertBeforeMs: number;
  insertAttachedMs: number;
}

async function fillOrders(context: Parameters<Benchmark['run']>[0], pool: Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE orders (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL, state text NOT NULL,
      total numeric(12, 2) NOT NULL, note text NOT NULL, job_status text)`);
  await insertInChunks(context, `${context.backlogRows} orders`, context.backlogRows, (count) =>
    pool.query(
      `INSERT INTO orders (customer_id, state, total, note)
       SELECT i % 1000, 'new', i, repeat('x', 60) FROM generate_series(1, $1::integer) AS i`,
      [count],
    ),
  );
  await pool.query('VACUUM (ANALYZE) orders');
  await pool.query('CHECKPOINT');
}

async function attachBesideWriter(pool: Pool): Promise<Round> {
  const alone = await besideWriter(pool, wait);
  const beside = await besideWriter(pool, async () => {
    const ms = await timed(() =>
      pool.query(`
        SELECT switchyard.add_queue('orders', 'orders', workflow => 'ProcessOrder', task_queue => 'orders',
          start_when => $$NEW.state = 'paid'$$, key => 'customer_id', mirror => '{"status": "job_status"}')`),
    );
    await wait();
    return ms;
  });
  const attached = await besideWriter(pool, wait);
  await pool.query(`UPDATE switchyard_jobs.orders SET status = 'canceled' WHERE status = 'queued'`);
  const after = await besideWriter(pool, async () => {
    const ms = await timed(() => pool.query(`SELECT switchyard.drop_queue('orders')`));
    await wait();
    return ms;
  });
  return {
    attachMs: beside.answer,
    detachMs: after.answer,
    slowestAloneMs: alone.slowestMs,
    slowestBesideAttachMs: beside.slowestMs,
    slowestBesideDetachMs: after.slowestMs,
    insertBeforeMs: alone.meanMs,
    insertAttachedMs: attached.meanMs,
  };
}

const wait = async (): Promise<number> => {
  await new Promise((done) => setTimeout(done, besideMs));
  return 0;
};

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

/** Runs `work` while a writer inserts and pays one order after the other, each in a transaction of its own. */
async function besideWriter(
  pool: Pool,
  work: () => Promise<number>,
): Promise<{ answer: number; slowestMs: number; meanMs: number }> {
  const times: number[] = [];
  let over = false;
  const write = async () => {
    while (!over) {
      times.push(
        await timed(() =>
          pool.query(
            `INSERT INTO orders (customer_id, state, total, note) VALUES (1, 'paid', 1, 'written beside')`,
          ),
        ),
      );
      times.push(await timed(() => pool.query(`UPDATE orders SET note = 'again' WHERE id = 1`)));
    }
  };
  const writing = write();
  const answer = await work().finally(() => {
    over = true;
  });
  await writing;
  return { answer, ...summary(times) };
}

const summary = (times: readonly number[]) => ({
  slowestMs: Math.max(...times),
  meanMs: times.reduce((sum, ms) => sum + ms, 0) / times.length,
});
