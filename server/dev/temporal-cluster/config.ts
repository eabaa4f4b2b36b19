import { fileURLToPath } from 'node:url';

/** The services of a Temporal cluster. https://docs.temporal.io/temporal-service/temporal-server */
export type ServiceName = 'frontend' | 'history' | 'matching' | 'worker';

/** A process of one service. It keeps its ports over restarts. */
export interface ServiceProcess {
  /** `history-2`. */
  name: string;
  service: ServiceName;
  grpcPort: number;
  membershipPort: number;
}

export interface ConfigOptions {
  shards: number;
  /** Where persistence and visibility are reached, which may be proxies before one Postgres. */
  ports: { persistence: number; visibility: number };
}

export const databases = { persistence: 'temporal', visibility: 'temporal_visibility' } as const;

/** What deployments change of what the server ships: fairness among it. */
const dynamicConfig = fileURLToPath(new URL('../../../deploy/temporal-dynamic-config.yaml', import.meta.url));

/**
 * What a process of the cluster reads; the server's YAML takes JSON. Of the services it names only its own: the others are found by the table
 * of members in the database.
 * https://docs.temporal.io/references/configuration
 */
export function configOf(
  { service, grpcPort, membershipPort }: ServiceProcess,
  options: ConfigOptions,
): string {
  const { shards, ports } = options;
  const config = {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'persistence',
      visibilityStore: 'visibility',
      numHistoryShards: shards,
      datastores: {
        persistence: storeOf(databases.persistence, ports.persistence, 20),
        visibility: storeOf(databases.visibility, ports.visibility, 10),
      },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: { [service]: { rpc: { grpcPort, membershipPort, bindOnIP: '127.0.0.1' } } },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: { active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend' } },
    },
    dynamicConfigClient: { filepath: dynamicConfig, pollInterval: '10s' },
  };
  return JSON.stringify(config, null, 1);
}

const storeOf = (databaseName: string, port: number, connections: number) => ({
  sql: {
    pluginName: 'postgres12',
    databaseName,
    connectAddr: `127.0.0.1:${port}`,
    connectProtocol: 'tcp',
    user: 'postgres',
    maxConns: connections,
    maxIdleConns: connections,
    maxConnLifetime: '1h',
  },
});
