import { planCluster } from '../server/dev/temporal-cluster/cluster.ts';
import { clusterLinks, linkName } from './faults.ts';
import type { Processes } from './processes.ts';
import { TcpProxy } from './tcp-proxy.ts';

/**
 * Starts a Temporal cluster, two processes of history and of matching, each of which can be disturbed by itself, as can the connections to its
 * two databases. A service that begins while its Postgres is away ends by itself, and is started again.
 */
export async function startCluster(
  processes: Processes,
  { folder, port }: { folder: string; port: number },
): Promise<{ postgresPort: number; links: Map<string, TcpProxy> }> {
  const plan = await planCluster({ folder, port, processes: 2 });
  await processes.start('temporal-postgres', 'SIGQUIT', () => plan.launchPostgres());
  const links = new Map<string, TcpProxy>();
  for (const link of clusterLinks) {
    const proxy = await TcpProxy.start(plan.postgresPort);
    processes.atEnd(() => proxy.close());
    links.set(linkName(link), proxy);
  }
  const portOf = (to: string) => links.get(linkName({ from: 'temporal', to }))?.port ?? plan.postgresPort;
  await plan.prepareDatabases({ persistence: portOf('persistence'), visibility: portOf('visibility') });
  for (const service of plan.services) {
    const name = `temporal-${service.name}`;
    await processes.start(name, 'SIGKILL', () => plan.launch(service), { mayEnd: true });
    await plan.untilNoted();
  }
  await plan.prepareNamespace();
  return { postgresPort: plan.postgresPort, links };
}
