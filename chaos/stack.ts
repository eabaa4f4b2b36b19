import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../server/dev/ports.ts';
import type { TemporalKind } from '../server/dev/temporal-cluster/start.ts';
import type { Logger } from '../src/platform/logging.ts';
import { type Disk, provideDisk } from './disk.ts';
import { linkName, links, storeLinks } from './faults.ts';
import { type GatewayFront, startGatewayFront } from './gateway-front.ts';
import type { Load, Places } from './load.ts';
import type { Part } from './part.ts';
import { findPgBouncer, launchPgBouncer, pooledRoles } from './pgbouncer.ts';
import { Processes } from './processes.ts';
import { allReady, type RoleProcess, roleNames, roleUrl, startRoles } from './role-processes.ts';
import { type Servers, startServers } from './servers.ts';
import { type StorageKind, startStore } from './store.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** All that a run works with, in a folder and on ports of its own. */
export interface Stack extends Servers {
  loads: readonly Load[];
  folder: string;
  disk: Disk;
  places: Places;
  parts: ReadonlyMap<string, Part>;
  links: ReadonlyMap<string, TcpProxy>;
  front: GatewayFront;
  urls: { api: string; gateway: string };
  ready(): Promise<boolean>;
  close(options: { keepFolder: boolean }): Promise<void>;
}

/** What a stack is made of, besides its loads. */
interface StackOptions {
  log: Logger;
  temporal: TemporalKind;
  storage: StorageKind;
  say: (line: string) => void;
}

export async function startStack(loads: readonly Load[], options: StackOptions): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-chaos-'));
  const processes = new Processes();
  const close = async ({ keepFolder }: { keepFolder: boolean }) => {
    await processes.close();
    if (!keepFolder) await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await build(loads, folder, processes, options)), close };
  } catch (error) {
    await close({ keepFolder: false });
    throw error;
  }
}

async function build(
  loads: readonly Load[],
  folder: string,
  processes: Processes,
  { log, temporal: kind, storage, say }: StackOptions,
): Promise<Omit<Stack, 'close'>> {
  await chmod(folder, 0o755); // Postgres may run as another user
  const disk = await provideDisk(folder);
  processes.atEnd(() => disk.close());
  for (const name of ['uploads', 'staging', 'results']) await mkdir(join(disk.path, name));
  const ports = Array.from({ length: 4 + roleNames.length }, freePort);
  const [postgres = 0, temporal = 0, pgbouncer = 0, s3 = 0, ...own] = await Promise.all(ports);
  const server = { folder, ports: { postgres, temporal }, temporal: kind, loads, log };
  const servers = await startServers(processes, server);
  const store = storage === 's3' ? await startStore(processes, { folder, port: s3, say }) : undefined;
  const stored = store?.folder ?? disk.path;
  await mkdir(join(stored, 'uploads'), { recursive: true });
  const places = { folder, disk: disk.path, stored, client: servers.client };
  const prepared = await Promise.all(loads.map((load) => load.prepare(places)));
  for (const load of loads) await load.startWorkers?.(processes, { folder, temporalPort: temporal });
  const roles = roleNames.map((named, i) => ({ ...named, port: own[i] ?? 0 }));
  const front = await startGatewayFront(portOf(roles, 'gateway'));
  processes.atEnd(() => front.close());
  const pooled = await startPgBouncer(processes, { folder, port: pgbouncer, postgresPort: postgres });
  const portOfTarget = ({ from, to }: { from: string; to: string }) => {
    if (to === 'front') return front.port;
    if (to === 'postgres' && pooled && pooledRoles.includes(from)) return pgbouncer;
    return { postgres, temporal, s3 }[to] ?? 0;
  };
  const proxies = await startProxies(processes, [...links, ...storeLinks], portOfTarget);
  await startRoles(processes, roles, {
    folder,
    dataDir: disk.path,
    env: Object.assign({ QUEUES: servedBy(loads) }, store?.env, ...prepared),
    portTo: (from, to) => proxies.get(linkName({ from, to }))?.port ?? portOfTarget({ from, to }),
  });
  const urlOf = (name: string) => roleUrl(find(roles, name));
  return {
    ...servers,
    loads,
    folder,
    disk,
    places,
    parts: processes.parts,
    links: new Map([...(servers.cluster?.links ?? []), ...proxies]),
    front,
    urls: { api: urlOf('api'), gateway: urlOf('gateway') },
    ready: () => allReady(roles),
  };
}

/** Queues of the registry are served anyway. */
const servedBy = (loads: readonly Load[]): string =>
  loads
    .filter(({ queue }) => queue.watched === undefined)
    .map(({ queue }) => queue.name)
    .join();

/** Whether there is one. */
async function startPgBouncer(
  processes: Processes,
  places: { folder: string; port: number; postgresPort: number },
): Promise<boolean> {
  const program = await findPgBouncer();
  if (program === undefined) return false;
  await processes.start('pgbouncer', 'SIGKILL', () => launchPgBouncer({ ...places, program }));
  return true;
}

async function startProxies(
  processes: Processes,
  proxied: typeof links,
  portOfTarget: (link: { from: string; to: string }) => number,
): Promise<Map<string, TcpProxy>> {
  const proxies = new Map<string, TcpProxy>();
  for (const link of proxied) {
    const proxy = await TcpProxy.start(portOfTarget(link));
    processes.atEnd(() => proxy.close());
    proxies.set(linkName(link), proxy);
  }
  return proxies;
}

function find(roles: readonly RoleProcess[], name: string): RoleProcess {
  const found = roles.find((process) => process.name === name);
  if (found === undefined) throw new Error(`there is no process "${name}"`);
  return found;
}

const portOf = (roles: readonly RoleProcess[], name: string) => find(roles, name).port;
