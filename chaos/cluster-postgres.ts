import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../server/dev/ports.ts';
import { startPostgres } from '../server/dev/postgres.ts';
import type { ClusterPlan } from '../server/dev/temporal-cluster/cluster.ts';
import { promote } from './administrator.ts';
import type { Processes } from './processes.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** The Postgres of a Temporal cluster. */
export interface ReplicatedPostgres {
  /** Of the one that can be written to. */
  postgresPort(): number;
  /** It is killed, and after `over` the standby is in its place. Once a run: there is no other standby. */
  failOver(over: () => Promise<void>): Promise<void>;
}

const names = { primary: 'temporal-postgres', standby: 'temporal-standby' } as const;
const stopWithinMs = 20_000;

/**
 * Starts the Postgres of a Temporal cluster with its databases, and a standby that has all it commits. After a failover the standby goes by the
 * name of the primary.
 */
export async function startReplicated(
  processes: Processes,
  { folder, plan, links }: { folder: string; plan: ClusterPlan; links: ReadonlyMap<string, TcpProxy> },
): Promise<ReplicatedPostgres> {
  await prepare(folder, plan, links);
  const launch = async (name: string, port: number, settings: string[]) => {
    const files = { dataDir: join(folder, name), logFile: join(folder, `${name}.log`) };
    return (await startPostgres({ ...files, port, settings })).child;
  };
  const standbyPort = await freePort();
  const follows = `primary_conninfo=host=127.0.0.1 port=${plan.postgresPort} user=postgres`;
  await processes.start(names.primary, 'SIGQUIT', () =>
    launch('postgres', plan.postgresPort, ['synchronous_standby_names=*']),
  );
  await processes.start(names.standby, 'SIGQUIT', () => launch('standby', standbyPort, [follows]));
  let port = plan.postgresPort;
  return {
    postgresPort: () => port,
    failOver: async (over) => {
      const { primary, standby } = partsOf(processes);
      await primary.kill('SIGKILL');
      await over();
      await promote(standbyPort);
      for (const link of links.values()) link.moveTo(standbyPort);
      port = standbyPort;
      processes.parts.set(names.primary, standby);
    },
  };
}

/** Makes the databases, and a copy of the folder for the standby. */
async function prepare(
  folder: string,
  plan: ClusterPlan,
  links: ReadonlyMap<string, TcpProxy>,
): Promise<void> {
  const portOf = (name: string) => links.get(`temporal to ${name}`)?.port ?? plan.postgresPort;
  const first = await plan.launchPostgres();
  try {
    await plan.prepareDatabases({ persistence: portOf('persistence'), visibility: portOf('visibility') });
  } finally {
    await first.stop(stopWithinMs);
  }
  await promisify(execFile)('cp', ['-a', join(folder, 'postgres'), join(folder, 'standby')]);
  await writeFile(join(folder, 'standby', 'standby.signal'), '');
}

function partsOf({ parts }: Processes) {
  const [primary, standby] = [parts.get(names.primary), parts.get(names.standby)];
  if (primary === undefined || standby === undefined || primary === standby)
    throw new Error('there is no standby to fail over to');
  return { primary, standby };
}
