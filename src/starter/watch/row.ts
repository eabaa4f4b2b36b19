/** A job as `sql/watch.ts` reads it. */
export interface WatchedRow {
  id: string;
  workflow_id: string;
  /** The first run of its workflow's chain; `null`: it never had one. */
  run_id: string | null;
  attempt: number;
  status: 'queued' | 'processing' | 'complete' | 'failed' | 'canceled';
  error_code: string | null;
  /** Tells it from an earlier row with its id, which was deleted. */
  created_at: string;
  started_at: string | null;
  /** When it ended, in milliseconds since 1970; `null`: it has not. */
  ended_ms: number | null;
  /** Since it was started, in milliseconds. */
  age_ms: number;
}

/** A job that has a workflow. */
export type StartedRow = WatchedRow & { run_id: string };

export const hasEnded = ({ status }: Pick<WatchedRow, 'status'>): boolean =>
  status !== 'queued' && status !== 'processing';
