import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environment } from 'pg-switchyard';
import { searchAttributeNames } from 'pg-switchyard/starter';
import { type Child, startChild } from '../child.ts';
import { freePort } from '../ports.ts';
import { startPostgres } from '../postgres.ts';
import {
  type ClusterAccess,
  configOf,
  type ServiceName,
  type ServicePorts,
  type ServiceProcess,
} from './config.ts';
import { prepareNamespace } from './namespace.ts';
import { type ClusterPrograms, findClusterPrograms } from './programs.ts';
import { prepareSchemas, untilNoted } from './schema.ts';

export interface ClusterOptions {
  /** Holds its Postgres, its configuration and its logs. */
  folder: string;
  /** Of the frontend; left out: a free one. */
  port?: number;
  /** Shards of history, which cannot be changed later (default 16). */
  shards?: number;
  /** Processes of history and of matching, which share the work (default 1). More than one take addresses that only Linux has: 127.0.0.2 … */
  processes?: number;
  /** More settings of its Postgres: `name=value`. */
  postgresSettings?: readonly string[];
  /** Who may call its frontend; left out: anybody, and the namespace gets the search attributes of jobs. */
  access?: ClusterAccess;
  say?: (line: string) => void;
}

/** A Temporal cluster that is not started yet: every process of it can be started, ended and started again by itself. */
export interface ClusterPlan {
  /** Of the frontend. */
  address: string;
  /** Where nobody is asked who they are: the same, or the internal frontend of a cluster with `access`. */
  adminAddress: string;
  postgresPort: number;
  services: readonly ServiceProcess[];
  launchPostgres(): Promise<Child>;
  /** Once Postgres runs. `ports`: where the services reach it, when not directly. */
  prepareDatabases(ports?: { persistence: number; visibility: number }): Promise<void>;
  /** Answers when the process runs, and before it serves. The first of a new cluster notes what the cluster is; the others may follow then. */
  launch(service: ServiceProcess): Promise<Child>;
  untilNoted(): Promise<void>;
  /** Once all run: makes the namespace `default`, and waits until the cluster serves it. */
  prepareNamespace(): Promise<void>;
}

/** @throws {SetupError} when the server must be built first, and cannot be */
export async function planCluster(options: ClusterOptions): Promise<ClusterPlan> {
  const { folder } = options;
  const programs = await findClusterPrograms(options.say ?? (() => undefined));
  await mkdir(folder, { recursive: true });
  const { access } = options;
  const services = planProcesses(options.processes, access !== undefined);
  const ports = await choosePorts(options.port, access !== undefined);
  const postgresPort = await freePort();
  const address = `127.0.0.1:${ports.frontend.grpcPort}`;
  const adminAddress = `127.0.0.1:${(ports['internal-frontend'] ?? ports.frontend).grpcPort}`;
  return {
    address,
    adminAddress,
    postgresPort,
    services,
    launchPostgres: async () => {
      const files = { dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log') };
      return (await startPostgres({ ...files, port: postgresPort, settings: options.postgresSettings ?? [] }))
        .child;
    },
    prepareDatabases: async (stores = { persistence: postgresPort, visibility: postgresPort }) => {
      await prepareSchemas(programs, postgresPort);
      const { shards = 16 } = options;
      for (const service of services)
        await writeFile(
          configFile(folder, service),
          configOf(service, { shards, services: ports, ports: stores, access }),
        );
    },
    launch: (service) => launchService(programs, folder, service),
    untilNoted: () => untilNoted(postgresPort),
    prepareNamespace: () => prepareNamespace(adminAddress, access === undefined ? searchAttributeNames : []),
  };
}

/** One is enough of those that do not share their work here. */
function planProcesses(processes = 1, internalFrontend = false): ServiceProcess[] {
  const many = (service: ServiceName) =>
    Array.from({ length: processes }, (_, i) => ({
      name: `${service}-${i + 1}`,
      service,
      host: `127.0.0.${i + 1}`,
    }));
  const one = (service: ServiceName) => ({ name: service, service, host: '127.0.0.1' });
  const frontends = [one('frontend'), ...(internalFrontend ? [one('internal-frontend')] : [])];
  return [...frontends, ...many('history'), ...many('matching'), one('worker')];
}

async function choosePorts(frontendPort?: number, internalFrontend = false): Promise<ServicePorts> {
  const ports = async (grpcPort?: number) => ({
    grpcPort: grpcPort ?? (await freePort()),
    membershipPort: await freePort(),
  });
  return {
    frontend: await ports(frontendPort),
    ...(internalFrontend && { 'internal-frontend': await ports() }),
    history: await ports(),
    matching: await ports(),
    worker: await ports(),
  };
}

const configFile = (folder: string, { name }: ServiceProcess) => join(folder, `${name}.yaml`);

function launchService({ server }: ClusterPrograms, folder: string, service: ServiceProcess): Promise<Child> {
  return startChild({
    command: server,
    args: [
      ...['--config-file', configFile(folder, service), '--allow-no-auth'],
      ...['start', '--service', service.service],
    ],
    env: { PATH: environment()['PATH'], HOME: folder },
    logFile: join(folder, `${service.name}.log`),
    stopSignal: 'SIGTERM',
    // One whose database has gone before it waits for it.
    orphanSignal: 'SIGKILL',
    cwd: folder,
  });
}
