/** A job as `sql/watch.ts` reads it. */
export interface WatchedRow {
  id: string;
  workflow_id: string;
  /** The first run of its workflow's chain; `null`: it never had one. */
  run_id: string | null;
  attempt: number;
  status: 'queued' | 'processing' | 'complete' | 'failed' | 'canceled';
  /** The run whose end it shows, or showed before a reset brought it back; `null`: none. */
  ended_run_id: string | null;
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

/**
 * Whether a row that has ended shows another run than the last of its chain: that came about by a reset. A row that was ended by somebody
 * else names no run.
 */
export const showsEarlierRun = (
  row: Pick<WatchedRow, 'ended_run_id' | 'ended_ms'>,
  last: { runId: string; resetAtMs: number | undefined },
): boolean =>
  row.ended_run_id === null ? (last.resetAtMs ?? 0) > (row.ended_ms ?? 0) : last.runId !== row.ended_run_id;

export const hasEnded = ({ status }: Pick<WatchedRow, 'status'>): boolean =>
  status !== 'queued' && status !== 'processing';
