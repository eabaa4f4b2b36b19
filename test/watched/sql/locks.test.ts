import { beforeEach, expect, test } from 'vitest';
import { inTransaction } from '../../../src/platform/database.ts';
import { shareTables, type Tables } from '../../support/watched/tables.ts';

let tables: Tables;
shareTables((shared) => {
  tables = shared;
});

let name: string;
beforeEach(async () => {
  name = await tables.create('id bigint PRIMARY KEY, n integer');
});

/** Runs a statement with so much patience for locks, on a connection of its own. */
const patiently = (statement: string, patience = '60 s') =>
  inTransaction(tables.pool, async (client) => {
    await client.query(`SET LOCAL switchyard.lock_wait = '${patience}'`);
    return client.query(statement);
  });
const add = (queue = name) => `SELECT switchyard.add_queue('${queue}', '${name}', 'process', 'work')`;

test.each(['add_queue', 'drop_queue'])('%s waits for an open writer and lets others by', async (which) => {
  if (which === 'drop_queue') await tables.run(add());
  await inTransaction(tables.pool, async (writer) => {
    await writer.query(`INSERT INTO ${name} VALUES (1)`);
    const attaching = patiently(which === 'add_queue' ? add() : `SELECT switchyard.drop_queue('${name}')`);
    await tables.untilBlocked();
    for (let id = 2; id < 30; id++) await tables.run(`INSERT INTO ${name} VALUES (${id})`);
    await writer.query('COMMIT');
    await attaching;
  });
  await tables.run(`INSERT INTO ${name} VALUES (100)`);
  const left = await tables.run('SELECT FROM switchyard.queues WHERE name = $1', [name]);
  expect(left).toHaveLength(which === 'add_queue' ? 1 : 0);
});

test.each(['add_queue', 'drop_queue'])('%s gives up and names who is in the way', async (which) => {
  if (which === 'drop_queue') await tables.run(add());
  await inTransaction(tables.pool, async (writer) => {
    await writer.query(`INSERT INTO ${name} VALUES (1)`);
    const { rows } = await writer.query('SELECT pg_backend_pid() AS pid');
    const refused = patiently(
      which === 'add_queue' ? add() : `SELECT switchyard.drop_queue('${name}')`,
      '0 s',
    );
    await expect(refused).rejects.toMatchObject({
      code: '55P03',
      message: expect.stringMatching(
        new RegExp(
          `^no lock on public.${name}.* within 00:00:00: it is held by .*pid ${rows[0].pid} \\(unprivileged, test, idle in transaction since `,
        ),
      ),
      hint: expect.stringContaining('switchyard.lock_wait'),
    });
  });
  expect(await tables.run('SELECT FROM switchyard.queues WHERE name = $1', [name])).toHaveLength(
    which === 'add_queue' ? 0 : 1,
  );
});

test("leaves the session's own lock_timeout as it was", async () => {
  await inTransaction(tables.pool, async (client) => {
    await client.query(`SET LOCAL lock_timeout = '7s'`);
    await client.query(add());
    expect((await client.query('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '7s' }]);
    await client.query(`SELECT switchyard.drop_queue('${name}')`);
    expect((await client.query('SHOW search_path')).rows).toEqual([{ search_path: '"$user", public' }]);
  });
});

test('of two that define one queue at once, one does and the other is told', async () => {
  const outcomes = await Promise.allSettled([tables.run(add()), tables.run(add()), tables.run(add())]);
  const refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refusals.map(({ reason }) => reason.message)).toEqual(
    Array(2).fill(`there is a queue "${name}" already`),
  );
});

test('two that attach to one table at once both do', async () => {
  await Promise.all([
    tables.run(add(`${name}-1`)),
    tables.run(add(`${name}-2`)),
    tables.run(add(`${name}-3`)),
  ]);
  await tables.run(`INSERT INTO ${name} VALUES (1)`);
  for (const n of [1, 2, 3]) expect(await tables.table(`${name}-${n}`).jobs('id')).toHaveLength(1);
});

test('reads no more than a few rows of the table, and adds no index or constraint', async () => {
  await tables.run(`INSERT INTO ${name} SELECT i FROM generate_series(1, 200000) AS i`);
  await tables.run(`ANALYZE ${name}`);
  const read = async () => {
    await tables.run('SELECT pg_stat_force_next_flush()').catch(() => undefined);
    const [row] = await tables.run(
      `SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::integer AS rows FROM pg_stat_user_tables WHERE relname = $1`,
      [name],
    );
    return Number(row?.['rows']);
  };
  const [before] = [await read()];
  const client = await tables.pool.connect();
  try {
    await client.query(add());
    await client.query('SELECT pg_stat_force_next_flush()').catch(() => undefined);
    await client.query('SELECT 1');
  } finally {
    client.release(true);
  }
  expect((await read()) - before).toBeLessThan(1000);
  expect(
    await tables.run('SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass AND contype <> $2', [
      name,
      'n',
    ]),
  ).toEqual([{ conname: `${name}_pkey` }]);
});
