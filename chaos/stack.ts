import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { freePort } from '../src/dev/ports.ts';
import { startPostgres } from '../src/dev/postgres.ts';
import { roleEnv } from '../src/dev/role-env.ts';
import { answersOk, type Role, spawnRole } from '../src/dev/roles.ts';
import { startTemporalServer } from '../src/dev/temporal-server.ts';
import { environment } from '../src/platform/config.ts';
import { createPool, type Pool } from '../src/platform/database.ts';
import type { Logger } from '../src/platform/logging.ts';
import { migrate } from '../src/platform/migrate.ts';
import { createTemporalClient } from '../src/platform/temporal.ts';
import { type Disk, provideDisk } from './disk.ts';
import { linkName, links } from './faults.ts';
import { type GatewayFront, startGatewayFront } from './gateway-front.ts';
import { Part } from './part.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { installWitness } from './witness.ts';

/** All processes of a run, in a folder and on ports of their own. */
export interface Stack {
  folder: string;
  disk: Disk;
  parts: ReadonlyMap<string, Part>;
  links: ReadonlyMap<string, TcpProxy>;
  front: GatewayFront;
  /** Not through a proxy: of those who use the system, and of the checks. */
  pool: Pool;
  client: Client;
  urls: { api: string; gateway: string };
  /** Whether every role says that it is ready. */
  ready(): Promise<boolean>;
  close(options: { keepFolder: boolean }): Promise<void>;
}

/** Short times, so that a run of a minute sees the end of waits; and enough tries to outlive most faults. */
const settings = {
  GATEWAY_TIMEOUT: '5000',
  GATEWAY_MAX_ATTEMPTS: '10',
  GATEWAY_RETRY_INITIAL_INTERVAL: '200',
  GATEWAY_RETRY_MAX_INTERVAL: '3000',
  POLL_INTERVAL: '1000',
  MAX_IN_FLIGHT: '40',
};

const rolesOf: Record<string, { role: Role; portSetting: string }> = {
  'starter-1': { role: 'starter', portSetting: 'HEALTH_PORT' },
  'starter-2': { role: 'starter', portSetting: 'HEALTH_PORT' },
  'worker-1': { role: 'worker', portSetting: 'HEALTH_PORT' },
  'worker-2': { role: 'worker', portSetting: 'HEALTH_PORT' },
  api: { role: 'api', portSetting: 'API_PORT' },
  gateway: { role: 'gateway', portSetting: 'GATEWAY_PORT' },
};

export async function startStack(log: Logger): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-chaos-'));
  const endings: (() => unknown)[] = [];
  const close = async ({ keepFolder }: { keepFolder: boolean }) => {
    for (const end of endings.toReversed()) await end();
    if (!keepFolder) await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await build(folder, log, (end) => endings.push(end))), close };
  } catch (error) {
    await close({ keepFolder: false });
    throw error;
  }
}

async function build(
  folder: string,
  log: Logger,
  atEnd: (end: () => unknown) => void,
): Promise<Omit<Stack, 'close'>> {
  await chmod(folder, 0o755); // Postgres may run as another user
  const disk = await provideDisk(folder);
  atEnd(() => disk.close());
  for (const name of ['uploads', 'staging', 'results']) await mkdir(join(disk.path, name));

  const parts = new Map<string, Part>();
  const add = async (
    name: string,
    launch: ConstructorParameters<typeof Part>[1],
    end: Parameters<Part['kill']>[0],
  ) => {
    const part = new Part(name, launch);
    atEnd(() => part.kill(end));
    parts.set(name, part);
    await part.start();
  };
  const servers = await startServers(folder, add);
  const pool = createPool({
    connectionString: servers.databaseUrl,
    applicationName: 'chaos',
    max: 10,
    onError: () => undefined, // Postgres is stopped on purpose
  });
  atEnd(() => pool.end());
  await migrate(servers.databaseUrl, log);
  await installWitness(pool);
  const client = createTemporalClient(
    { connection: { address: `127.0.0.1:${servers.ports.temporal}` }, namespace: 'default' },
    'chaos',
  );
  atEnd(() => client.connection.close());

  const ports = new Map(
    await Promise.all(Object.keys(rolesOf).map(async (name) => [name, await freePort()] as const)),
  );
  const front = await startGatewayFront(ports.get('gateway') ?? 0);
  atEnd(() => front.close());
  const targets: Record<string, number> = { ...servers.ports, front: front.port };
  const proxies = new Map<string, TcpProxy>();
  for (const link of links) {
    const proxy = await TcpProxy.start(targets[link.to] ?? 0);
    proxies.set(linkName(link), proxy);
    atEnd(() => proxy.close());
  }

  const noProfileFile = join(folder, 'no-profile.toml');
  await writeFile(noProfileFile, '[profile.default]\n');
  const urlOf = (name: string) => `http://127.0.0.1:${ports.get(name)}`;
  for (const [name, { role, portSetting }] of Object.entries(rolesOf)) {
    const portTo = (to: string) => proxies.get(linkName({ from: name, to }))?.port ?? targets[to];
    const env = {
      ...roleEnv({
        env: { PATH: environment()['PATH'] },
        dataDir: disk.path,
        databaseUrl: `postgres://postgres@127.0.0.1:${portTo('postgres')}/switchyard`,
        temporalAddress: `127.0.0.1:${portTo('temporal')}`,
        noProfileFile,
      }),
      ...settings,
      GATEWAY_URL: `http://127.0.0.1:${portTo('front')}`,
      WORKER_ID: name,
      [portSetting]: String(ports.get(name)),
    };
    await add(name, () => spawnRole({ role, env, logFile: join(folder, `${name}.log`) }), 'SIGKILL');
  }
  const readyUrls = Object.entries(rolesOf).map(
    ([name, { role }]) => `${urlOf(name)}${role === 'gateway' ? '/health' : '/health/ready'}`,
  );
  return {
    folder,
    disk,
    parts,
    links: proxies,
    front,
    pool,
    client,
    urls: { api: urlOf('api'), gateway: urlOf('gateway') },
    ready: async () => (await Promise.all(readyUrls.map(answersOk))).every(Boolean),
  };
}

async function startServers(
  folder: string,
  add: (
    name: string,
    launch: ConstructorParameters<typeof Part>[1],
    end: 'SIGKILL' | 'SIGQUIT',
  ) => Promise<void>,
): Promise<{ databaseUrl: string; ports: { postgres: number; temporal: number } }> {
  const ports = { postgres: await freePort(), temporal: await freePort() };
  const postgres = () =>
    startPostgres({
      dataDir: join(folder, 'postgres'),
      logFile: join(folder, 'postgres.log'),
      port: ports.postgres,
    });
  const temporal = () =>
    startTemporalServer({ folder: join(folder, 'temporal'), port: ports.temporal, keep: true });
  await Promise.all([
    add('postgres', async () => (await postgres()).child, 'SIGQUIT'),
    add('temporal', async () => (await temporal()).child, 'SIGKILL'),
  ]);
  return { databaseUrl: `postgres://postgres@127.0.0.1:${ports.postgres}/switchyard`, ports };
}
