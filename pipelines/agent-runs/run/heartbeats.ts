import type { JobRun, Logger, Pool } from 'pg-switchyard';

const everyMs = 2_000;
/** However many words of progress come, the statement goes no more often. */
const soonMs = 500;

/** Keeps `heartbeat_at` of all runs that this process works on, by one statement for all of them, and one at a time. */
export class RunHeartbeats {
  readonly #deps: { pool: Pool; workerId: string; log: Logger };
  /** One of each try: two of one run may work here for a moment, of which one was thought lost. */
  readonly #works = new Set<{ jobId: string; runId: string }>();
  #timer: NodeJS.Timeout | undefined;
  #beganAt = Number.NEGATIVE_INFINITY;
  #beating = false;
  #wanted = false;

  constructor(deps: { pool: Pool; workerId: string; log: Logger }) {
    this.#deps = deps;
  }

  /** While `work` goes on, the run's row says so. */
  async during<T>({ jobId, runIds: [runId = ''] }: JobRun, work: () => Promise<T>): Promise<T> {
    const own = { jobId, runId };
    this.#works.add(own);
    this.#wanted = true;
    this.#plan();
    try {
      return await work();
    } finally {
      this.#works.delete(own);
      if (this.#works.size === 0) clearTimeout(this.#timer);
    }
  }

  /** A run is at work just now: the next beat does not wait for its time. */
  soon(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#plan();
  }

  #plan(): void {
    if (this.#beating || this.#works.size === 0) return;
    clearTimeout(this.#timer);
    const at = this.#beganAt + (this.#wanted ? soonMs : everyMs);
    this.#timer = setTimeout(() => void this.#beat(), Math.max(0, at - performance.now()));
  }

  async #beat(): Promise<void> {
    [this.#beating, this.#wanted, this.#beganAt] = [true, false, performance.now()];
    await this.#write();
    this.#beating = false;
    this.#plan();
  }

  /** Failing is no error: the next one comes soon, and what counts is Temporal's heartbeat. */
  async #write(): Promise<void> {
    const { pool, workerId, log } = this.#deps;
    const runs = [...this.#works];
    try {
      await pool.query(beatStatement, [
        runs.map(({ jobId }) => jobId),
        runs.map(({ runId }) => runId),
        workerId,
      ]);
    } catch (error) {
      log.warn({ err: error, runs: runs.length }, 'the heartbeats of runs were not written');
    }
  }
}

/** $1 ids, $2 the runs that own them, $3 who works on them. */
const beatStatement = `
  UPDATE ops.runs AS run
     SET heartbeat_at = clock_timestamp(), claimed_by = $3
    FROM unnest($1::uuid[], $2::text[]) AS mine (id, run_id)
   WHERE run.id = mine.id AND run.run_id = mine.run_id AND run.status = 'running'`;
