import { fileURLToPath } from 'node:url';

/** The services of a Temporal cluster. https://docs.temporal.io/temporal-service/temporal-server */
export type ServiceName = 'frontend' | 'internal-frontend' | 'history' | 'matching' | 'worker';

/** Who may call the frontend: those with a client certificate and a token. All are paths of files. */
export interface ClusterAccess {
  /** What signs tokens: a JSON Web Key Set. */
  keySet: string;
  /** The authority of all certificates. */
  authority: string;
  certificate: string;
  privateKey: string;
}

/** A process of one service. It keeps its address over restarts. */
export interface ServiceProcess {
  /** `history-2`. */
  name: string;
  service: ServiceName;
  /** An address of loopback: all processes of a service listen on the same ports, as they would on machines of their own. */
  host: string;
}

/** Where the processes of each service listen. */
export type ServicePorts = Readonly<{ frontend: PortPair } & Partial<Record<ServiceName, PortPair>>>;
interface PortPair {
  grpcPort: number;
  membershipPort: number;
}

export interface ConfigOptions {
  shards: number;
  services: ServicePorts;
  /** Where persistence and visibility are reached, which may be proxies before one Postgres. */
  ports: { persistence: number; visibility: number };
  /** Left out: anybody may do anything. */
  access?: ClusterAccess | undefined;
}

export const databases = { persistence: 'temporal', visibility: 'temporal_visibility' } as const;

/** What deployments change of what the server ships: fairness among it. */
const dynamicConfig = fileURLToPath(new URL('../../../deploy/temporal-dynamic-config.yaml', import.meta.url));

/**
 * What a process of the cluster reads; the server's YAML takes JSON. Where the others are it finds in the table of members in the database.
 * https://docs.temporal.io/references/configuration
 */
export function configOf({ host }: ServiceProcess, options: ConfigOptions): string {
  const { shards, services, ports, access } = options;
  const rpcAddress = `127.0.0.1:${services.frontend.grpcPort}`;
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
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: host },
      ...(access !== undefined && accessOf(access)),
    },
    services: Object.fromEntries(
      Object.entries(services).map(([name, of]) => [name, { rpc: { ...of, bindOnIP: host } }]),
    ),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress },
      },
    },
    dynamicConfigClient: { filepath: dynamicConfig, pollInterval: '10s' },
  };
  return JSON.stringify(config, null, 1);
}

/**
 * TLS with client certificates, and Temporal's own way to tell permissions by tokens. The services of the cluster itself call the internal
 * frontend, which asks for neither. https://docs.temporal.io/self-hosted-guide/security
 */
const accessOf = ({ keySet, authority, certificate, privateKey }: ClusterAccess) => ({
  tls: {
    frontend: {
      server: {
        certFile: certificate,
        keyFile: privateKey,
        requireClientAuth: true,
        clientCaFiles: [authority],
      },
      client: { serverName: 'localhost', rootCaFiles: [authority] },
    },
  },
  authorization: {
    jwtKeyProvider: { keySourceURIs: [`file://${keySet}`], refreshInterval: '1m' },
    permissionsClaimName: 'permissions',
    authorizer: 'default',
    claimMapper: 'default',
  },
});

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
