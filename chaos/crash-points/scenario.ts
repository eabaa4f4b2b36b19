import type { Pool } from '../../src/platform/database.ts';
import type { ProcessContext } from '../../src/platform/process.ts';
import type { World } from './world.ts';

/** Which of the two processes dies. */
export type CrashRole = 'starter' | 'worker';

/** A kind of job that the harness runs while processes die: what its processes are, and what must hold once it has ended. */
export interface Scenario {
  readonly name: string;
  /** Inserts the one job, and whatever it needs. Answers its id. */
  prepare(site: Pick<Site, 'pool' | 'folder' | 'env'>): Promise<string>;
  workflowId(jobId: string): string;
  readRow(site: Site): Promise<SettlingRow>;
  /** What the workflow waits for from outside; called again until it answers `true`. Left out: nothing. */
  prompt?(site: Site): Promise<boolean>;
  /** What node runs as a process of this role. */
  command(role: CrashRole): string[];
  /** The same role within the process of the harness. */
  run(role: CrashRole, env: Record<string, string>, context: RoleContext): Promise<void>;
  /** What is wrong with the job that has ended; `deaths` is how many processes died on the way. */
  broken(site: Site, deaths: number): Promise<string[]>;
  /** Files that are neither what the job is given nor its result nor a log. */
  leftOvers(site: Site): Promise<string[]>;
}

/** A database, a task queue and a folder of one run's own, and the job that it is all about. */
export interface Site {
  world: World;
  scenario: Scenario;
  folder: string;
  pool: Pool;
  jobId: string;
  /** The settings of its processes. */
  env: Record<string, string>;
  /** Removes all of it; with `keep` the folder stays, for its logs. */
  close(keep: boolean): Promise<void>;
}

export type RoleContext = Pick<ProcessContext, 'log' | 'signal'>;

export interface SettlingRow {
  status: string;
  run_id: string | null;
  attempt: number;
}

export const unless = (holds: boolean, problem: string): string[] => (holds ? [] : [problem]);

/** The whole life of a job that completes, each step once. */
const legalEvents = ['null → queued', 'queued → processing', 'processing → complete'];

/** What is wrong with the history of the job. */
export async function eventProblems(site: Site): Promise<string[]> {
  const { rows } = await site.pool.query<{ step: string }>(
    `SELECT coalesce(from_status, 'null') || ' → ' || to_status AS step
       FROM switchyard.job_events WHERE job_id = $1 ORDER BY id`,
    [site.jobId],
  );
  const steps = rows.map(({ step }) => step);
  return unless(steps.join() === legalEvents.join(), `the events are: ${steps.join(', ')}`);
}
