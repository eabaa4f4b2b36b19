/** What a job's workflow is started with: references only, never contents. */
export interface JobInput {
  queue: string;
  jobId: string;
  requestId: string | null;
  /** Where its activities run; left out: on the task queue of its workflow. */
  taskQueue?: string;
}

/** A job together with the run that works for it: what every fenced write is given. */
export interface JobRun extends JobInput {
  /** This run, whose id every later write names; and the first of its chain, by which a reset knows its row at its begin. */
  runIds: string[];
}

export const OutcomeStatus = {
  complete: 'complete',
  /** The row was not this run's to work on: ended, taken by another run, or gone. Nothing was changed. */
  superseded: 'superseded',
} as const;
export type OutcomeStatus = (typeof OutcomeStatus)[keyof typeof OutcomeStatus];

/** How a job's work came out; failures are thrown. */
export interface JobOutcome {
  status: OutcomeStatus;
}

/** How a job ends without a result. */
export interface JobEnd {
  state: 'failed' | 'canceled';
  errorCode: string | null;
  errorMessage: string | null;
}
