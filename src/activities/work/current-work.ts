import type { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Logger } from '../../platform/logging.ts';
import { type JobRun, progressSignal } from '../../queues/job.ts';

/** What lasts shorter than this is not told to the workflow: each time costs it a few events of its history. */
const leastMs = 3_000;
/** So seldom, at most, is a workflow told what long work is doing. */
const mostMs = 120_000;
const tellDeadlineMs = 1_000;
const longestWords = 300;

/**
 * What one try of a job is doing, in words, for Temporal's Web UI: in each heartbeat, and as *current details* of the workflow. The
 * workflow is told by a signal, first after 3 s and then less and less often, so that quick work costs nothing and long work little.
 */
export class CurrentWork {
  readonly #context: Context;
  readonly #run: JobRun;
  readonly #log: Logger;
  #words: string | undefined;
  #told: string | undefined;
  #since = performance.now();
  #nextAt = performance.now() + leastMs;
  #pauseMs = leastMs;

  constructor(context: Context, run: JobRun, log: Logger) {
    this.#context = context;
    this.#run = run;
    this.#log = log;
  }

  say(words: string): void {
    if (words === this.#words) return;
    this.#words = words;
    this.#since = performance.now();
  }

  /** For the heartbeat: the words, and for how many seconds they have held. */
  shown(): { now?: string; seconds?: number } {
    if (this.#words === undefined) return {};
    return { now: this.#words, seconds: Math.round((performance.now() - this.#since) / 1_000) };
  }

  /** Tells the workflow, if it is time and there is something new. */
  tellInTime(): void {
    const now = performance.now();
    if (this.#words === undefined || this.#words === this.#told) return;
    if (now < this.#nextAt || now - this.#since < leastMs) return;
    this.#nextAt = now + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 1.5, mostMs);
    this.#told = this.#words;
    void this.tell(this.#words);
  }

  /** Tells the workflow now. That it cannot be told fails nothing: its details are older then. */
  async tell(words: string): Promise<void> {
    const { workflowExecution } = this.#context.info;
    const client = clientOf(this.#context);
    if (workflowExecution === undefined || client === undefined) return;
    const { workflowId, runId } = workflowExecution;
    // A child workflow's activity may work for the job as well; only the job's own workflow listens.
    if (!this.#run.runIds.includes(runId)) return;
    const text = words.slice(0, longestWords).toWellFormed();
    await client
      .withDeadline(Date.now() + tellDeadlineMs, () =>
        client.workflow.getHandle(workflowId, runId).signal(progressSignal, text),
      )
      .catch((error: unknown) =>
        this.#log.debug({ err: error }, 'the workflow was not told what its work is doing'),
      );
  }
}

/** The environment in which activities are tested may have none. */
function clientOf(context: Context): Client | undefined {
  try {
    return context.client;
  } catch {
    return undefined;
  }
}
