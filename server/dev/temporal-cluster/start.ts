import type { Child } from '../child.ts';
import { type ClusterOptions, planCluster } from './cluster.ts';

/** What `--temporal` of benchmarks and chaos chooses: the development server, or a cluster. */
export const temporalKinds = ['dev', 'real'] as const;
export type TemporalKind = (typeof temporalKinds)[number];

const serviceGraceMs = 5_000;

/** A Temporal cluster that serves the namespace `default`. */
export interface TemporalCluster {
  address: string;
  /** Where nobody is asked who they are. */
  adminAddress: string;
  /** The process ids by name: `history-1`. */
  pids: Readonly<Record<string, number>>;
  /** Resolves when any of its processes has ended, with which and how. */
  ended: Promise<string>;
  /** Ends all of it, Postgres last; its own time for that is at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts a Temporal cluster on a Postgres of its own, a process for each service, on loopback. What fails leaves nothing running.
 * @throws {SetupError} when the server must be built first, and cannot be
 */
export async function startTemporalCluster(options: ClusterOptions): Promise<TemporalCluster> {
  const plan = await planCluster(options);
  const children = new Map<string, Child>([['postgres', await plan.launchPostgres()]]);
  const stop = async (graceMs: number) => {
    const { postgres, ...services } = Object.fromEntries(children);
    await Promise.all(Object.values(services).map((child) => child.stop(Math.min(graceMs, serviceGraceMs))));
    await postgres?.stop(graceMs);
  };
  try {
    await plan.prepareDatabases();
    for (const service of plan.services) {
      children.set(service.name, await plan.launch(service));
      await plan.untilNoted();
    }
    const ended = Promise.race(
      [...children].map(async ([name, child]) => `${name} ended (${await child.ended})`),
    );
    const early = ended.then((what) => {
      throw new Error(`${what} before the Temporal cluster was ready; see the logs in ${options.folder}`);
    });
    await Promise.race([plan.prepareNamespace(), early]);
    early.catch(() => undefined); // its end is told by `ended` from now on
    const pids = Object.fromEntries([...children].map(([name, { pid }]) => [name, pid]));
    return { address: plan.address, adminAddress: plan.adminAddress, pids, ended, stop };
  } catch (error) {
    await stop(serviceGraceMs);
    throw error;
  }
}
