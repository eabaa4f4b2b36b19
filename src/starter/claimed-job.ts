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
  /** What its workflow is started with, where that is anybody's. */
  watched?: WatchedRow;
}

/** What the row of a watched job says about its workflow. */
export interface WatchedRow {
  workflow_id: string;
  /** When the row was made, in seconds: an earlier row with its id was made at another time. */
  created_at: string;
  /** The JSON of each argument, exactly as Postgres has it; `null`: it is too large to be read. */
  args: string[] | null;
  /** The size of the input as JSON; `null`: there is none. */
  input_bytes: number | null;
  /** Whether the input is no array of arguments, and is to be one. */
  lacks_args: boolean;
  /** Why Temporal cannot be given the input: `CODE: words`. */
  input_problem: string | null;
  headers: unknown;
  search_attributes: unknown;
}

/** What became of the start of one job's workflow. */
export type StartAnswer =
  | { kind: 'started'; runId: string }
  /** An older run of this job is still closing; the row waits for the next pass. */
  | { kind: 'closing' }
  /** It can never be started as it is; the job fails. */
  | ({ kind: 'unstartable' } & Unstartable)
  | { kind: 'refused'; error: unknown };

/** Why a job can never be started. */
export interface Unstartable {
  code: string;
  message: string;
}

/** A row that a claim left as it was. */
export type LeftJob = Pick<ClaimedJob, 'id' | 'attempt' | 'refusals'> &
  (
    | { why: 'closing' | 'kept out' }
    /** Temporal did not start it, or the table did not let it be marked. */
    | { why: 'not started' | 'not marked'; error: unknown }
  );
