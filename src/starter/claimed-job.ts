/** A waiting row that this starter holds locked. */
export interface ClaimedJob {
  id: string;
  /** The run that owned the job last, when it ran before. */
  run_id: string | null;
  priority: number;
  label: string | null;
  request_id: string | null;
  /** Temporal's fairness key: workers are shared out fairly among its values; `null`: none. */
  share: string | null;
  attempt: number;
  /** How often its start was refused since it was started last, by any starter. */
  refusals: number;
}

/** What became of the start of one job's workflow. */
export type StartAnswer =
  | { kind: 'started'; runId: string }
  /** An older run of this job is still closing; the row waits for the next pass. */
  | { kind: 'closing' }
  | { kind: 'refused'; error: unknown };

/** A row that a claim left as it was. */
export type LeftJob = Pick<ClaimedJob, 'id' | 'attempt' | 'refusals'> &
  (
    | { why: 'closing' | 'kept out' }
    /** Temporal did not start it, or the table did not let it be marked. */
    | { why: 'not started' | 'not marked'; error: unknown }
  );
