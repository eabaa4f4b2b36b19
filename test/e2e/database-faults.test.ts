import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
});
afterAll(async () => {
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

/** The address moves to the standby, which is promoted later. */
async function failsOver(meanwhile: () => Promise<void>): Promise<void> {
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
