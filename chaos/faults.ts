import type { TemporalKind } from '../server/dev/temporal-cluster/start.ts';
import type { Random } from './random.ts';

/** One disturbance: what, to whom, when after the start of the load, and for how long. */
export interface Fault {
  kind: FaultKind;
  victim: string;
  atMs: number;
  forMs: number;
}

type FaultKind = (typeof catalogue)[number]['kind'] | (typeof clusterCatalogue)[number]['kind'];

const roles = ['starter-1', 'starter-2', 'worker-1', 'worker-2', 'api', 'gateway'] as const;

/** Workers of the applications whose orders are watched; see `watched/application.ts`. */
export const applicationWorkers = [
  'chaos-orders-1',
  'chaos-orders-2',
  'chaos-orders-go-1',
  'chaos-orders-go-2',
] as const;

/** Connections that can be disturbed one by one: who calls, and whom. */
export const links = [
  ...['starter-1', 'starter-2', 'worker-1', 'worker-2', 'api'].map((from) => ({ from, to: 'postgres' })),
  ...['starter-1', 'starter-2', 'worker-1', 'worker-2'].map((from) => ({ from, to: 'temporal' })),
  ...['worker-1', 'worker-2'].map((from) => ({ from, to: 'front' })),
];

/** Connections to an S3 server, where files are kept in one. */
export const storeLinks = ['worker-1', 'worker-2', 'api'].map((from) => ({ from, to: 's3' }));

export const linkName = (link: { from: string; to: string }): string => `${link.from} to ${link.to}`;

const linkNames = [...links, ...storeLinks].map(linkName);

const seconds = (least: number, most: number) => [least * 1000, most * 1000] as const;

/**
 * Every kind of fault. Freezes of starters and workers outlast the timeouts that must fence them off: the heartbeat of
 * an activity (10 s), and a transaction that says nothing (15 s). `cards`: how often a kind is in the deck.
 */
const catalogue = [
  { kind: 'kill', victims: roles, forMs: seconds(0.1, 3), cards: 8 },
  { kind: 'kill', victims: applicationWorkers, forMs: seconds(0.1, 3), cards: 2 },
  { kind: 'kill', victims: ['temporal'], forMs: seconds(0.5, 4), cards: 2 },
  { kind: 'stop at once', victims: ['postgres'], forMs: seconds(0.3, 4), cards: 2 },
  { kind: 'freeze', victims: ['worker-1', 'worker-2'], forMs: seconds(11, 18), cards: 1 },
  { kind: 'freeze', victims: ['starter-1', 'starter-2'], forMs: seconds(16, 18), cards: 1 },
  { kind: 'freeze', victims: ['api', 'gateway', 'temporal'], forMs: seconds(6, 12), cards: 1 },
  { kind: 'cut', victims: linkNames, forMs: seconds(0, 3), cards: 3 },
  { kind: 'delay', victims: linkNames, forMs: seconds(2, 6), cards: 3 },
  { kind: 'half-written', victims: linkNames, forMs: seconds(0.5, 3), cards: 3 },
  { kind: 'stall', victims: linkNames, forMs: seconds(3, 18), cards: 2 },
  { kind: 'hang', victims: ['front'], forMs: seconds(1, 4), cards: 1 },
  { kind: 'reset', victims: ['front'], forMs: seconds(1, 4), cards: 1 },
  { kind: 'half a body', victims: ['front'], forMs: seconds(1, 4), cards: 1 },
  { kind: 'cut short', victims: ['front'], forMs: seconds(1, 4), cards: 1 },
  { kind: 'garbage', victims: ['front'], forMs: seconds(1, 4), cards: 1 },
  { kind: '500', victims: ['front'], forMs: seconds(1, 4), cards: 1 },
  { kind: '429', victims: ['front'], forMs: seconds(1, 4), cards: 1 },
  { kind: 'full', victims: ['disk'], forMs: seconds(1, 4), cards: 1 },
  { kind: 'read-only', victims: ['postgres'], forMs: seconds(1, 6), cards: 1 },
  { kind: 'other password', victims: ['postgres'], forMs: seconds(1, 6), cards: 1 },
  { kind: 'no login', victims: ['postgres'], forMs: seconds(1, 6), cards: 1 },
  { kind: 'no connections', victims: ['postgres'], forMs: seconds(1, 6), cards: 1 },
  { kind: 'canceled statements', victims: ['postgres'], forMs: seconds(1, 6), cards: 1 },
  { kind: 'kill', victims: ['pgbouncer'], forMs: seconds(0.1, 3), cards: 1 },
  { kind: 'kill', victims: ['s3'], forMs: seconds(0.5, 8), cards: 2 },
  { kind: 'freeze', victims: ['s3'], forMs: seconds(6, 18), cards: 1 },
] as const;

/** Processes of a Temporal cluster: two of each that share their work, so that the other one takes it over. */
const clusterServices = {
  frontend: 'temporal-frontend',
  history: ['temporal-history-1', 'temporal-history-2'],
  matching: ['temporal-matching-1', 'temporal-matching-2'],
  worker: 'temporal-worker',
} as const;
const { frontend, history, matching, worker } = clusterServices;

/** Connections of a Temporal cluster to its two databases. */
export const clusterLinks = ['persistence', 'visibility'].map((to) => ({ from: 'temporal', to }));
const clusterLinkNames = clusterLinks.map(linkName);

/** Faults of a Temporal cluster, in place of those of the development server's one process. */
const clusterCatalogue = [
  { kind: 'kill', victims: history, forMs: seconds(0.5, 10), cards: 4 },
  { kind: 'kill', victims: matching, forMs: seconds(0.5, 10), cards: 2 },
  { kind: 'kill', victims: [frontend], forMs: seconds(0.5, 10), cards: 2 },
  { kind: 'kill', victims: [worker], forMs: seconds(0.5, 10), cards: 1 },
  { kind: 'freeze', victims: [...history, ...matching, frontend], forMs: seconds(6, 18), cards: 2 },
  { kind: 'stop at once', victims: ['temporal-postgres'], forMs: seconds(0.3, 8), cards: 2 },
  { kind: 'no visibility', victims: ['temporal-postgres'], forMs: seconds(5, 20), cards: 2 },
  // Once a run: it has one standby.
  { kind: 'fail over', victims: ['temporal-postgres'], forMs: seconds(1, 6), cards: 0 },
  { kind: 'cut', victims: clusterLinkNames, forMs: seconds(0, 3), cards: 1 },
  { kind: 'delay', victims: clusterLinkNames, forMs: seconds(2, 6), cards: 1 },
  { kind: 'stall', victims: clusterLinkNames, forMs: seconds(3, 18), cards: 1 },
] as const;

export const faultKinds: readonly FaultKind[] = [
  ...new Set([...catalogue, ...clusterCatalogue].map(({ kind }) => kind)),
];

/** Enough to meet each other, and few enough that work goes on between them. */
const faultsPerSecond = 0.5;

/** The one process of the development server. */
const developmentServer = 'temporal';

/**
 * The whole plan of a run. Every kind comes before any comes again; all end within the time. `without`: victims that are not
 * there; `only`: the kinds that are wanted, left out: all; `temporal`: which Temporal there is, left out: the development server.
 */
export function planFaults(options: {
  random: Random;
  seconds: number;
  without?: readonly string[];
  only?: readonly string[] | undefined;
  temporal?: TemporalKind | undefined;
}): Fault[] {
  const { random, only, temporal = 'dev' } = options;
  const without = [...(options.without ?? []), ...(temporal === 'dev' ? [] : [developmentServer])];
  const timeMs = options.seconds * 1000;
  const possible = [...catalogue, ...(temporal === 'dev' ? [] : clusterCatalogue)]
    .map((entry) => ({
      ...entry,
      victims: entry.victims.filter((victim: string) => !without.includes(victim)),
    }))
    .filter(
      ({ kind, victims, forMs }) =>
        forMs[0] < timeMs && victims.length > 0 && (only === undefined || only.includes(kind)),
    );
  const deck = possible.flatMap((entry) => Array.from({ length: entry.cards }, () => entry));
  const wanted = Math.max(1, Math.round(options.seconds * faultsPerSecond));
  const drawn: typeof deck = [];
  while (drawn.length < wanted) drawn.push(...random.shuffled(drawn.length === 0 ? possible : deck));
  return drawn
    .slice(0, wanted)
    .map(({ kind, victims, forMs: [least, most] }) => {
      const forMs = random.between(least, Math.min(most, timeMs));
      return {
        kind,
        victim: random.pick<string>(victims),
        atMs: random.between(0, timeMs - forMs),
        forMs,
      };
    })
    .sort((a, b) => a.atMs - b.atMs);
}

export const describeFault = ({ kind, victim, atMs, forMs }: Fault): string =>
  `${(atMs / 1000).toFixed(1).padStart(5)} s  ${victim}: ${kind} for ${(forMs / 1000).toFixed(1)} s`;
