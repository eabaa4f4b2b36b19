import { type ClusterPlan, planCluster } from '../server/dev/temporal-cluster/cluster.ts';
import { type ReplicatedPostgres, startReplicated } from './cluster-postgres.ts';
import { clusterLinks, linkName } from './faults.ts';
import type { Processes } from './processes.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** A Temporal cluster whose processes are parts of the run. */
export interface ChaosCluster extends ReplicatedPostgres {
  /** To its two databases. */
  links: ReadonlyMap<string, TcpProxy>;
}

/**
 * Starts a Temporal cluster, two processes of history and of matching, each of which can be disturbed by itself, as can the connections to its
 * two databases. A service that begins while its Postgres is away ends by itself, and is started again.
 */
export async function startCluster(
  processes: Processes,
  { folder, port }: { folder: string; port: number },
): Promise<ChaosCluster> {
  const plan = await planCluster({ folder, port, processes: 2 });
  const links = await startLinks(processes, plan);
  const postgres = await startReplicated(processes, { folder, plan, links });
  for (const service of plan.services) {
    const name = `temporal-${service.name}`;
    await processes.start(name, 'SIGKILL', () => plan.launch(service), { mayEnd: true });
    await plan.untilNoted();
  }
  await plan.prepareNamespace();
  return { links, ...postgres };
}

async function startLinks(
  processes: Processes,
  { postgresPort }: ClusterPlan,
): Promise<Map<string, TcpProxy>> {
  const links = new Map<string, TcpProxy>();
  for (const link of clusterLinks) {
    const proxy = await TcpProxy.start(postgresPort);
    processes.atEnd(() => proxy.close());
    links.set(linkName(link), proxy);
  }
  return links;
}
