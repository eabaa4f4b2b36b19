import type { Confinement } from '../sandbox/policy.ts';

export interface CommandOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  /** What errors call it, as `git fetch`; left out: the name of the program. */
  title?: string;
  /** All that it gets of an environment: `allowedEnvironment` and what it needs besides. */
  env: Readonly<Record<string, string>>;
  /** Ended after so long; left out: it runs until it ends or is stopped. */
  timeoutMs?: number;
  /** Ended when its processes together hold more memory; looked at a few times a second. */
  memoryMiB: number;
  /** Ended when it has more processes at once; looked at as its memory is. Left out: it may have any number. */
  mostProcesses?: number;
  /** What it may see and reach; left out: all that our account may. */
  confinement?: Confinement | undefined;
  /** Aborted: it is ended. */
  signal: AbortSignal;
}
