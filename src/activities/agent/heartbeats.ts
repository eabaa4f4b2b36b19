import type { Pool } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import type { JobRun } from '../../queues/job.ts';

const everyMs = 2_000;

/** Keeps `heartbeat_at` of all runs that this process works on, by one statement for all of them. */
export class RunHeartbeats {
  readonly #deps: { pool: Pool; workerId: string; log: Logger };
  readonly #runs = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;

  constructor(deps: { pool: Pool; workerId: string; log: Logger }) {
    this.#deps = deps;
  }

  /** While `work` goes on, the run's row says so. */
  async during<T>({ jobId, runIds: [runId = ''] }: JobRun, work: () => Promise<T>): Promise<T> {
    this.#runs.set(jobId, runId);
    this.#soon ??= setImmediate(() => void this.beat());
    this.#timer ??= setInterval(() => void this.beat(), everyMs);
    try {
      return await work();
    } finally {
      if (this.#runs.get(jobId) === runId) this.#runs.delete(jobId);
      if (this.#runs.size === 0) this.#rest();
    }
  }

  /** One beat. Failing is no error: the next one comes soon, and what counts is Temporal's heartbeat. */
  async beat(): Promise<void> {
    this.#soon = undefined;
    const { pool, workerId, log } = this.#deps;
    try {
      await pool.query(beatStatement, [[...this.#runs.keys()], [...this.#runs.values()], workerId]);
    } catch (error) {
      log.warn({ err: error, runs: this.#runs.size }, 'the heartbeats of runs were not written');
    }
  }

  #rest(): void {
    clearInterval(this.#timer);
    clearImmediate(this.#soon);
    [this.#timer, this.#soon] = [undefined, undefined];
  }
}

/** $1 ids, $2 the runs that own them, $3 who works on them. */
const beatStatement = `
  UPDATE ops.runs AS run
     SET heartbeat_at = clock_timestamp(), claimed_by = $3
    FROM unnest($1::uuid[], $2::text[]) AS mine (id, run_id)
   WHERE run.id = mine.id AND run.run_id = mine.run_id AND run.status = 'running'`;
