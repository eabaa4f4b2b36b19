import { type Job, jobName } from './load.ts';

/** What the users know: independent of what the system says of itself. Jobs by their names. */
export class Ledger {
  /** Jobs whose making was acknowledged: a COMMIT that returned, an upload that was answered. */
  readonly made = new Map<string, Job>();
  /** Jobs whose transaction was rolled back. */
  readonly undone = new Set<string>();
  /** What the system should not have said. */
  readonly refusals: string[] = [];
  /** Jobs whose rows the database lets nobody start. */
  readonly refused = new Set<string>();
  /** Jobs whose workflow somebody terminated. */
  readonly terminated = new Set<string>();

  acknowledge(job: Job): void {
    this.made.set(jobName(job), job);
  }
}
