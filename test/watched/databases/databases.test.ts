import { afterEach, beforeEach, expect, test } from 'vitest';
import { TcpProxy } from '../../../chaos/tcp-proxy.ts';
import { readDatabaseEntry } from '../../../src/platform/database-list.ts';
import { metrics } from '../../../src/platform/metrics.ts';
import { administer, copyTestDatabase } from '../../support/database.ts';
import { recordingLogger } from '../../support/logger.ts';
import { until } from '../../support/until.ts';
import { Tenants } from '../../support/watched/tenants.ts';

let tenants: Tenants;
const proxies: TcpProxy[] = [];
beforeEach(async () => {
  tenants = await Tenants.open();
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
  await tenants.close();
});

const nameOf = (url: string) => new URL(url).pathname.slice(1);

/** Whoever copies or renames a database must be alone with it. */
const disconnect = (url: string) =>
  administer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${nameOf(url)}'`);

test('jobs with the same ids in three databases run side by side, each with its own result', async () => {
  const all = await Promise.all(['acme', 'globex', 'initech'].map((name) => tenants.add(name)));
  for (const tenant of all) await tenant.order(5);
  tenants.serve(all);
  for (const { name, pool, orders } of all) {
    await until(async () => (await orders())['complete'] === 5);
    const { rows } = await pool.query(
      `SELECT DISTINCT answer, workflow_id FROM orders JOIN switchyard_jobs.orders AS job USING (id) WHERE id = 1`,
    );
    expect(rows).toEqual([{ answer: name, workflow_id: `${name}/orders:1` }]);
  }
  const counted = await metrics.getSingleMetricAsString('switchyard_claimed_jobs_total');
  expect(counted).toContain('queue="globex/orders"} 5');
});

test('a database that goes down holds up no other, and is served again when it comes back', async () => {
  const [down, up] = [await tenants.add('down'), await tenants.add('up')];
  const proxy = await TcpProxy.start(Number(new URL(down.url).port));
  proxies.push(proxy);
  const through = new URL(down.url);
  through.port = String(proxy.port);
  const { log, lines } = recordingLogger();
  const { databases } = tenants.serve([{ name: 'down', url: through.href }, up], { log, idleMs: 200 });
  await down.order(1);
  await until(async () => (await down.orders())['complete'] === 1);

  proxy.disturb('cut');
  await until(async () => databases.states().get('down') === 'away');
  await down.order(3);
  await up.order(3);
  await until(async () => (await up.orders())['complete'] === 3);
  expect((await down.orders())['complete']).toBe(1);
  expect(await metrics.getSingleMetricAsString('switchyard_database_state')).toContain(
    'database="down",state="away"} 1',
  );

  proxy.heal();
  await until(async () => (await down.orders())['complete'] === 4);
  const told = lines.filter(({ msg }) => msg === 'the database is away; it is tried again');
  expect(told.map(({ database }) => database)).toContain('down');
  expect(lines.filter(({ database, level }) => database === 'up' && Number(level) > 30)).toEqual([]);
});

test('a database that hangs holds up no other', async () => {
  const up = await tenants.add('up');
  const proxy = await TcpProxy.start(Number(new URL(up.url).port));
  proxies.push(proxy);
  proxy.disturb('stall');
  const through = new URL(up.url);
  through.port = String(proxy.port);
  const hanging = Array.from({ length: 10 }, (_, i) => ({ name: `hangs-${i}`, url: through.href }));
  tenants.serve([...hanging, up]);
  await up.order(2);
  await until(async () => (await up.orders())['complete'] === 2);
});

test('fifty databases that have nothing to do share a few connections', async () => {
  const idle = await tenants.add('idle');
  const { databases } = tenants.serve(
    Array.from({ length: 50 }, (_, i) => ({ name: `idle-${i}`, url: idle.url })),
  );
  const looked = new Set<string>();
  let most = 0;
  await until(async () => {
    const { rows } = await idle.pool.query<{ pid: number; name: string; began: Date }>(
      `SELECT pid, backend_start::text AS began FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'switchyard%'`,
    );
    most = Math.max(most, rows.length);
    for (const { pid, began } of rows) looked.add(`${pid} ${began}`);
    return looked.size > 50;
  });
  // Four look at once; one that has looked may still be on its way out.
  expect(most).toBeLessThanOrEqual(8);
  expect(new Set(databases.states().values())).toEqual(new Set(['idle']));
});

test('one that has done its work lets its connections go, and is served again when there is more', async () => {
  const tenant = await tenants.add('acme');
  const { databases } = tenants.serve([tenant], { idleMs: 200 });
  for (const count of [1, 2]) {
    await tenant.order(1);
    await until(async () => (await tenant.orders())['complete'] === count);
    await until(async () => databases.served().size === 0);
  }
  await until(async () => {
    const left = await tenant.pool.query(
      `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'switchyard starter%'`,
    );
    return left.rowCount === 0;
  });
});

test('a copy, and one whose workflow ids could meet those of others, are refused and say why; the others go on', async () => {
  const [original, plain] = [await tenants.add('original'), await tenants.add('plain')];
  await plain.pool.query('UPDATE switchyard.database_identity SET workflow_id_prefix = NULL');
  await original.order(1);
  await disconnect(original.url);
  const copy = await copyTestDatabase(original.url);
  await plain.order(1);
  const fit = await tenants.add('fit');
  await fit.order(1);
  const { log, lines } = recordingLogger();
  const { databases, stop } = tenants.serve([{ name: 'copy', url: copy.url }, plain, fit], { log });
  await until(async () => (await fit.orders())['complete'] === 1);
  await until(
    async () => [...databases.states().values()].filter((state) => state === 'refused').length === 2,
  );
  const why = (database: string) =>
    lines.find((line) => line['database'] === database && line['why'])?.['why'];
  expect(why('copy')).toMatch(/is a copy, or it was moved/);
  expect(why('plain')).toMatch(/switchyard migrate.*set_workflow_id_prefix/);
  await stop();
  await copy.drop();
});

test('the databases of a server are found by a pattern, also those that come later', async () => {
  const first = await tenants.add('first');
  const { log, lines } = recordingLogger();
  const prefix = nameOf(first.url).slice(0, -1);
  const entry = readDatabaseEntry(`${first.url.slice(0, -1)}*`);
  if (entry === undefined) throw new Error('no entry');
  const { databases } = tenants.serve([entry], { log });
  await until(async () => databases.states().has(nameOf(first.url)));
  const later = await tenants.add('later');
  const name = `${prefix}-later`;
  await disconnect(later.url);
  await administer(`ALTER DATABASE ${nameOf(later.url)} RENAME TO "${name}"`);
  await until(async () => databases.states().has(name));
  await administer(`ALTER DATABASE "${name}" RENAME TO ${nameOf(later.url)}`);
  await until(async () => !databases.states().has(name));
  expect(lines.filter(({ msg }) => String(msg).includes('could not be listed'))).toEqual([]);
});
