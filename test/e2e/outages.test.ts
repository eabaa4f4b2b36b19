import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../server/dev/ports.ts';
import { type Postgres, startPostgres } from '../../server/dev/postgres.ts';
import { startTemporalServer, type TemporalServer } from '../../server/dev/temporal-server.ts';
import { migrateAll } from '../../server/migrations.ts';
import { loadSettings } from '../../server/settings.ts';
import { Fleet } from '../support/fleet.ts';
import { holdGateway } from '../support/held-gateway.ts';
import { insertJob } from '../support/jobs.ts';
import { silentLogger } from '../support/logger.ts';
import { until } from '../support/until.ts';

/** A Postgres and a Temporal of the test's own, to be killed and started again on the same data. */
let folder: string;
let postgres: Postgres;
let temporal: TemporalServer;
let ports: { postgres: number; temporal: number };
let fleet: Fleet;

const postgresAgain = () =>
  startPostgres({
    dataDir: join(folder, 'postgres'),
    logFile: join(folder, 'postgres.log'),
    port: ports.postgres,
  });
const temporalAgain = () =>
  startTemporalServer({ folder: join(folder, 'temporal'), port: ports.temporal, keep: true });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-outage-'));
  await chmod(folder, 0o755);
  ports = { postgres: await freePort(), temporal: await freePort() };
  [postgres, temporal] = await Promise.all([postgresAgain(), temporalAgain()]);
  await migrateAll(postgres.url, silentLogger, loadSettings({}));
  fleet = await Fleet.create({
    temporalAddress: temporal.address,
    database: { url: postgres.url, drop: async () => undefined },
  });
  await mkdir(join(fleet.folder, 'uploads'), { recursive: true });
  await writeFile(join(fleet.folder, 'uploads', 'a.pdf'), '%PDF-1.7');
});
afterEach(async () => {
  await fleet.close();
  await Promise.all([postgres.child.stop(20_000), temporal.child.stop(20_000)]);
  await rm(folder, { recursive: true, force: true });
});

const insert = () => insertJob(fleet.pool, { upload_path: 'a.pdf' });
const said = (text: RegExp) => async () =>
  (await fleet.logLines()).some((line) => text.test(String(line['msg'])));

describe('an outage', () => {
  test('of Temporal: the starter says so, claims nothing, and goes on by itself; a worker ends in time', async () => {
    const gateway = await holdGateway();
    fleet.env['GATEWAY_URL'] = gateway.url;
    gateway.release();
    const graceMs = 60_000;
    const [worker] = await Promise.all([
      fleet.start('worker', { SHUTDOWN_GRACE_TIME: String(graceMs) }),
      fleet.start('starter'),
    ]);
    await fleet.settled(await insert());

    process.kill(temporal.child.pid, 'SIGKILL');
    await temporal.child.ended;
    const waiting = await insert();
    await until(said(/Temporal is out of reach/));
    expect(await fleet.job(waiting)).toMatchObject({ status: 'queued', attempt: 0, run_id: null });

    const toldToStopAt = performance.now();
    expect(await worker.kill('SIGTERM')).toBe('exit code 0');
    expect(performance.now() - toldToStopAt).toBeLessThan(graceMs);

    [temporal] = await Promise.all([temporalAgain(), fleet.start('worker')]);
    expect(await fleet.settled(waiting)).toMatchObject({ status: 'complete', attempt: 1 });
    await gateway.close();
  });

  test('of Postgres in the middle of a job: nothing is lost and no try is used up', async () => {
    const gateway = await holdGateway();
    fleet.env['GATEWAY_URL'] = gateway.url;
    await Promise.all([fleet.start('worker', { GATEWAY_MAX_ATTEMPTS: '1' }), fleet.start('starter')]);
    const underWay = await insert();
    const alsoUnderWay = await insert();
    await gateway.called(2);

    process.kill(postgres.child.pid, 'SIGKILL');
    await postgres.child.ended;
    gateway.release();
    await until(said(/the database is away/));
    await until(said(/the claim failed/));

    postgres = await postgresAgain();
    for (const id of [underWay, alsoUnderWay, await insert()]) {
      expect(await fleet.settled(id)).toMatchObject({ status: 'complete', attempt: 1 });
    }
    await gateway.close();
  });

  test('in which Postgres takes no writes: nobody is ready, nothing is lost and no try is used up', async () => {
    const gateway = await holdGateway();
    fleet.env['GATEWAY_URL'] = gateway.url;
    const [worker, starter] = await Promise.all([
      fleet.start('worker', { GATEWAY_MAX_ATTEMPTS: '1' }),
      fleet.start('starter'),
    ]);
    const waiting = [await insert(), await insert()];
    await gateway.called(2);
    const readOnly = async (value: 'on' | 'off') => {
      await fleet.pool.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await fleet.pool.query('SELECT pg_reload_conf()');
    };
    const saysReady = (url: string, status: number) => async () => {
      const answer = await fetch(`${url}/health/ready`);
      return answer.status === status && ((await answer.json()) as { checks: Record<string, string> }).checks;
    };

    await readOnly('on');
    gateway.release();
    await until(said(/the database is away/));
    await until(said(/the claim failed/));
    for (const { url } of [worker, starter])
      expect(await until(saysReady(url, 503))).toMatchObject({ postgres: 'the database is read-only' });
    for (const id of waiting) expect(await fleet.job(id)).toMatchObject({ status: 'processing' });

    await readOnly('off');
    await until(saysReady(worker.url, 200));
    for (const id of [...waiting, await insert()])
      expect(await fleet.settled(id)).toMatchObject({ status: 'complete', attempt: 1 });
    await gateway.close();
  });
});
