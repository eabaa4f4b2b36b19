import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type DatabaseFault,
  databaseUrlAt,
  disturbDatabase,
  provideAccount,
  usersUrlAt,
} from '../../chaos/administrator.ts';
import { TcpProxy } from '../../chaos/tcp-proxy.ts';
import { freePort } from '../../server/dev/ports.ts';
import { type Postgres, startPostgres } from '../../server/dev/postgres.ts';
import { migrateAll } from '../../server/migrations.ts';
import { loadSettings } from '../../server/settings.ts';
import { Fleet, type RunningRole } from '../support/fleet.ts';
import { type HeldGateway, holdGateway } from '../support/held-gateway.ts';
import { insertJob } from '../support/jobs.ts';
import { silentLogger } from '../support/logger.ts';
import { startPlainWorker } from '../support/plain-worker.ts';
import { connectTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** A Postgres of the file's own with a standby that has all it commits, at an address that can move from one to the other. */
let folder: string;
let primary: Postgres;
let standby: Postgres;
let address: TcpProxy;
let gateway: HeldGateway;
let fleet: Fleet;
let roles: RunningRole[];
let jobs: string[];
/** Of an application whose workflows know nothing of Switchyard. */
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
let stopWorker: () => Promise<void>;
const taskQueue = `faults-${randomUUID()}`;
const workflowsPath = fileURLToPath(new URL('../support/watched/workflows.ts', import.meta.url));

const postgresOf = async (name: string, settings: string[] = []) =>
  startPostgres({
    dataDir: join(folder, name),
    logFile: join(folder, `${name}.log`),
    port: await freePort(),
    settings,
  });
const portOf = ({ url }: Postgres) => Number(new URL(url).port);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-faults-'));
  await chmod(folder, 0o755);
  const first = await postgresOf('primary');
  await provideAccount(portOf(first));
  await migrateAll(databaseUrlAt(portOf(first)), silentLogger, loadSettings({}));
  await first.child.stop(20_000);
  await promisify(execFile)('cp', ['-a', first.dataDir, join(folder, 'standby')]);
  await writeFile(join(folder, 'standby', 'standby.signal'), '');
  primary = await postgresOf('primary', ['synchronous_standby_names=*']);
  standby = await postgresOf('standby', [
    `primary_conninfo=host=127.0.0.1 port=${portOf(primary)} user=postgres`,
  ]);
  address = await TcpProxy.start(portOf(primary));

  fleet = await Fleet.create({ database: { url: usersUrlAt(address.port), drop: async () => undefined } });
  gateway = await holdGateway();
  await mkdir(join(fleet.folder, 'uploads'), { recursive: true });
  await writeFile(join(fleet.folder, 'uploads', 'a.pdf'), '%PDF-1.7');
  Object.assign(fleet.env, {
    DATABASE_URL: databaseUrlAt(address.port),
    GATEWAY_URL: gateway.url,
    GATEWAY_MAX_ATTEMPTS: '1',
    WORKER_MAX_ACTIVITIES: '20',
    POLL_INTERVAL: '100', // that claims meet the trouble soon, whoever rings
  });
  roles = await Promise.all([fleet.start('worker'), fleet.start('starter')]);
  temporal = await connectTemporal();
  stopWorker = await startPlainWorker({ connection: temporal.connection, taskQueue, workflowsPath });
  for (const [queue, workflow] of [
    ['naps', 'sleepFor'],
    ['refusals', 'failWith'],
  ])
    await fleet.pool.query(
      `SET ROLE switchyard_app; SELECT switchyard.create_queue('${queue}', workflow => '${workflow}', task_queue => '${taskQueue}'); RESET ROLE`,
    );
});
afterAll(async () => {
  stopWriting.abort();
  await written;
  await stopWorker();
  await temporal.close();
  await fleet.close();
  await gateway.close();
  await address.close();
  await Promise.all([primary.child.stop(20_000), standby.child.stop(20_000)]);
  await rm(folder, { recursive: true, force: true });
});

const saysNotReady =
  ({ url }: RunningRole, why: RegExp) =>
  async () => {
    const answer = await fetch(`${url}/health/ready`);
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    return answer.status === 503 && why.test(checks['postgres'] ?? '');
  };
const nobodyIsReady = async (why: RegExp): Promise<void> => {
  for (const role of roles) await until(saysNotReady(role, why));
};

/** A job and a claim have met the error. */
const isMet = async (sqlState: string): Promise<void> => {
  await until(async () => {
    const met = (await fleet.logLines()).filter((line) => JSON.stringify(line).includes(`"${sqlState}"`));
    return [/^the database is away; the job/, /^the claim failed/].every((words) =>
      met.some(({ msg }) => words.test(String(msg))),
    );
  });
};

const befalls = (kind: DatabaseFault) => (meanwhile: () => Promise<void>) =>
  disturbDatabase(address.port, kind, meanwhile);

/** At each write of a row. */
const raises = (sqlState: string) => async (meanwhile: () => Promise<void>) => {
  await fleet.pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${sqlState}'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION refuse()`);
  jobs.push(await insertJob(fleet.pool)); // for a claim to write
  await meanwhile();
  await fleet.pool.query('DROP FUNCTION refuse CASCADE');
};

const stopWriting = new AbortController();
let written: Promise<void> | undefined;

/** Writes watched jobs as fast as they end. What got no answer is written again, and is there once. */
async function writeWatchedJobs(signal: AbortSignal): Promise<void> {
  const tryUntil = (work: () => Promise<boolean>) =>
    until(async () => signal.aborted || (await work().catch(() => false)));
  while (!signal.aborted) {
    const ids = [randomUUID(), randomUUID()];
    const inputs = [{ ms: Math.floor(Math.random() * 2_000) }, { type: 'REFUSED', message: 'no' }];
    await tryUntil(async () => {
      await fleet.pool.query(
        `SELECT switchyard.enqueue('naps', $3, id => $1), switchyard.enqueue('refusals', $4, id => $2)`,
        [...ids, ...inputs],
      );
      return true;
    });
    await tryUntil(async () => (await watchedJobs(isOpen)).length < 30);
  }
}

const isOpen = `status IN ('queued', 'processing')`;
const watchedJobs = async (where = 'true') =>
  (
    await fleet.pool.query<Record<'queue' | 'workflow_id' | 'run_id' | 'status', string>>(
      `SELECT * FROM (SELECT 'naps' AS queue, workflow_id, run_id, status, attempt, result, error_code FROM switchyard_jobs.naps
               UNION ALL SELECT 'refusals', workflow_id, run_id, status, attempt, result, error_code FROM switchyard_jobs.refusals) AS jobs
        WHERE ${where}`,
    )
  ).rows;
/** Watched jobs are written from now on at the latest: some are on their way, and some have ended. */
async function flow(): Promise<void> {
  written ??= writeWatchedJobs(stopWriting.signal);
  const before = (await watchedJobs()).length;
  await until(async () => (await watchedJobs(`NOT (${isOpen})`)).length > before + 20);
}

/** The address moves to the standby, which is promoted later. Watched jobs are written all the while. */
async function failsOver(meanwhile: () => Promise<void>): Promise<void> {
  await flow();
  process.kill(primary.child.pid, 'SIGKILL');
  await primary.child.ended;
  address.moveTo(portOf(standby));
  await meanwhile();
  await until(() =>
    fleet.pool.query('SELECT pg_promote()').then(
      () => true,
      () => false, // a connection to the server that is gone
    ),
  );
}

test.each<[string, (meanwhile: () => Promise<void>) => Promise<void>, string, RegExp?]>([
  ['whose password is another one', befalls('other password'), '28P01', /refuses the login/],
  ['whose login has no connection left', befalls('no connections'), '53300', /has no connection left/],
  ['whose statements are canceled', befalls('canceled statements'), '57014'],
  ['with transactions that cannot be serialized', raises('40001'), '40001'],
  ['that fails over, with an address that moves before the promotion', failsOver, '25006', /is a standby/],
])(
  '20 jobs in flight survive a database %s, at their first attempt',
  async (_, disturb, sqlState, health) => {
    gateway.hold();
    jobs = await Promise.all(Array.from({ length: 20 }, () => insertJob(fleet.pool)));
    await gateway.called(jobs.length);

    await disturb(async () => {
      gateway.release();
      if (health !== undefined) await nobodyIsReady(health);
      await isMet(sqlState);
    });
    jobs.push(await insertJob(fleet.pool));
    for (const id of jobs)
      expect(await fleet.settled(id)).toMatchObject({ status: 'complete', attempt: 1, error_code: null });
  },
);

test('watched jobs that were on their way through the failover have each one workflow, and end as that did', async () => {
  await flow();
  stopWriting.abort();
  await written;
  await until(async () => (await watchedJobs(isOpen)).length === 0);
  const rows = await watchedJobs();
  for (const row of rows)
    expect(row).toMatchObject({
      attempt: 1,
      ...(row.queue === 'naps'
        ? { status: 'complete', result: 'slept', error_code: null }
        : { status: 'failed', result: null, error_code: 'REFUSED' }),
    });
  const ends = rows.map((row) => [
    row.workflow_id,
    row.run_id,
    row.status === 'complete' ? 'COMPLETED' : 'FAILED',
  ]);
  const workflows = await until(async () => {
    const found: string[][] = [];
    for await (const { workflowId, runId, status } of temporal.client.workflow.list({
      query: `TaskQueue = '${taskQueue}'`,
    }))
      found.push([workflowId, runId, status.name]);
    return found.length >= ends.length && found; // the search lags behind
  });
  expect(workflows.sort()).toEqual(ends.sort());
});
