import type { State } from './states.ts';

/** One change of a row as the database saw it, whoever made it. */
export interface Change {
  /** Its name. */
  job: string;
  /** `null` for the INSERT. */
  from: State | null;
  to: State;
  attemptBefore: number | null;
  attempt: number;
  runBefore: string | null;
  run: string | null;
  actor: string;
}
