import type { Client } from '@temporalio/client';
import type { Pool, PoolClient } from '../src/platform/database.ts';
import type { QueueDefinition } from '../src/queues/definition.ts';
import type { Answer } from '../src/queues/job.ts';
import type { Change } from './change.ts';
import type { Problem } from './problem.ts';
import type { Processes } from './processes.ts';
import type { State } from './states.ts';

/** A queue as users of a run know it: how its jobs are made, which of them must fail, and what must have come of the others. */
export interface Load {
  readonly queue: QueueDefinition;
  /** How often its jobs are made, compared with those of the other loads. */
  readonly weight: number;
  readonly variants: Readonly<Record<string, Variant>>;
  /** Error codes that injected faults explain. */
  readonly faultCodes: readonly string[];
  /** Those that a full disk explains, and nothing else: their message must say so. */
  readonly fullDiskCodes?: readonly string[];
  /** The load one of whose jobs is made before each of its own, in the same transaction. */
  readonly after?: string;

  /** What somebody does to its jobs, besides what is done to those of all queues. */
  readonly disturbances?: Readonly<Record<string, Disturbing>>;

  /** Why it cannot run on this machine; left out, or `undefined`: it can. */
  missing?(): Promise<string | undefined>;
  /** Defines a queue that no migration makes. */
  define?(pool: Pool): Promise<void>;
  /** Starts workers that are the application's own, and not of the product. */
  startWorkers?(processes: Processes, at: { folder: string; temporalPort: number }): Promise<void>;
  /** Their names, by which they are killed. */
  readonly workers?: readonly string[];
  /** Makes what the jobs need. Answers the settings that tell the roles of it. */
  prepare(places: Places): Promise<Record<string, string>>;
  /** Makes a job in the caller's transaction. What was committed already is made again without a trace. */
  insert(tx: PoolClient, job: Job, places: Places): Promise<void>;
  /** Asks the API for a job; again with the same key gives the same job. */
  upload?(apiUrl: string, variant: string, key: string, signal: AbortSignal): Promise<Response>;
  /** What is answered when the job asks, if anything is. */
  answer?(job: Job): Answer;
  /** Whether all is done that comes after a job's end; left out: nothing does. */
  isSettled?(pool: Pool): Promise<boolean>;
  /** What is wrong with what the jobs did outside their rows. */
  judge(remains: Remains): Promise<Problem[]>;
}

interface Disturbing {
  perHundredJobs: number;
  act: Disturb;
}

/** Done once; what stands in its way is what a run is about. */
export type Disturb = (servers: { pool: Pool; client: Client }) => Promise<void>;

/** A kind of job of one queue. */
export interface Variant {
  /** How often it is chosen, compared with the others. */
  readonly weight: number;
  /** The error code with which each of them must fail, whatever else happens; left out: it must complete. */
  readonly fails?: string;
  /** Whether somebody answers what it asks. */
  readonly answered?: boolean;
}

export interface Job {
  queue: string;
  id: string;
  variant: string;
}

/** Jobs of all queues by one name. */
export const jobName = ({ queue, id }: Pick<Job, 'queue' | 'id'>): string => `${queue} ${id}`;

export interface Places {
  /** Of the run; it never fills up. */
  folder: string;
  /** The small disk that a fault fills: where the roles work. */
  disk: string;
  /** Where uploads, results and artifacts end up, each kind in a folder of its own: the small disk, or the bucket of an S3 server. */
  stored: string;
  /** Not through a proxy. */
  client: Client;
}

/** A row of any queue when all is over. */
export interface EndedRow {
  job: string;
  id: string;
  state: State;
  attempt: number;
  errorCode: string | null;
  errorMessage: string | null;
  /** What limits per key go by. */
  key: string | null;
  /** The whole row, as JSON. */
  fields: Readonly<Record<string, unknown>>;
}

/** What a run left of one queue. */
export interface Remains {
  places: Places;
  pool: Pool;
  gatewayUrl: string;
  rows: readonly EndedRow[];
  /** The jobs that were acknowledged, by id. */
  jobs: ReadonlyMap<string, Job>;
  /** Of all queues. */
  changes: readonly Change[];
}

export const completeRows = ({ rows }: Pick<Remains, 'rows'>): EndedRow[] =>
  rows.filter(({ state }) => state === 'complete');
