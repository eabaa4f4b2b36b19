import {
  ActivityCancellationType,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { StepActivities } from '../activities/rows/step-writes.ts';
import {
  type Answer,
  type JobInput,
  type JobOutcome,
  type JobRun,
  type JobView,
  OutcomeStatus,
  type Question,
} from '../queues/job.ts';
import { listenForAnswers } from './parking.ts';
import { rowTaskQueueOf, runJob, shortSummary } from './run-job.ts';

/** The job that a workflow of several steps works for. */
export interface Job extends JobView {
  /** For the activities of the steps, which are told whose work they do. */
  readonly run: JobRun;
  /** Writes progress columns of the row. Throws, and ends the workflow, when the row is no longer this run's. */
  update(values: Readonly<Record<string, unknown>>): Promise<void>;
  /**
   * Puts a question on the row and waits for its answer, one at a time; in between the job is not in flight. Fails the job with
   * `INPUT_TIMEOUT` when nobody answers in time.
   */
  ask(question: Omit<Question, 'asking'>): Promise<Answer>;
}

/** The values of the result columns; a column that is left out becomes NULL. */
export type JobResult = Readonly<Record<string, unknown>>;

/**
 * The life of a job whose work is several steps: begin the row → whatever Temporal can do → complete the row with what the steps
 * answer. A failure that they throw ends the job as in `runJob`. Any other error than a failure of Temporal's is a bug of the
 * workflow: as in every workflow it fails the workflow task alone, and the job waits for code that is mended. A row that is not
 * this run's is left alone, and the workflow ends quietly. Continued as new with the same input, the next run takes the row along.
 * @throws {ApplicationFailure} in a child workflow: the row is its parent's
 */
export async function runSteps(
  input: JobInput,
  steps: (job: Job) => Promise<JobResult> | Promise<void>,
): Promise<JobOutcome> {
  if (workflowInfo().parent !== undefined)
    throw final('a child workflow has no row of its own: its parent begins and completes the job');
  return runJob(input, async (run) => {
    const begun = await stepWrites(run, 'Begin the row').beginJob(run);
    if (begun.status === 'parked')
      throw final('the row waits for an answer to a question that was not asked');
    if (begun.status !== 'begun') return { status: begun.status };
    // It goes with every write from now on, with the end too: by it a reset to a later point knows its row.
    run.attempt = begun.job.attempt;
    const row = new OwnedRow(run);
    const update: Job['update'] = (values) => row.update(values);
    const ask: Job['ask'] = (question) => row.ask(question);
    try {
      return await row.complete((await steps({ ...begun.job, run, update, ask })) ?? {});
    } catch (error) {
      return outcomeOf(error);
    }
  });
}

/** Short writes, tried until Postgres is back. Those that are under way when the job is told to stop are waited for. */
const stepWrites = (job: JobInput, summary: string) =>
  proxyActivities<StepActivities>({
    summary: shortSummary(summary),
    taskQueue: rowTaskQueueOf(job),
    startToCloseTimeout: '30 seconds',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });

/** The row of a job that has begun: in flight, or parked while it asks. */
class OwnedRow {
  readonly #run: JobRun;
  #asks = false;
  #askings = 0;
  #answers: ReturnType<typeof listenForAnswers> | undefined;

  constructor(run: JobRun) {
    this.#run = run;
  }

  async update(values: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#asks) throw final('a job that waits for an answer writes no progress');
    const { status } = await stepWrites(this.#run, `Write ${Object.keys(values).join(', ')}`).updateJob(
      this.#run,
      values,
    );
    if (status === OutcomeStatus.superseded) throw rowLost();
  }

  async ask(question: Omit<Question, 'asking'>): Promise<Answer> {
    if (this.#asks) throw final('a job asks one question at a time');
    this.#asks = true;
    this.#answers ??= listenForAnswers(this.#run);
    let answer: Answer | undefined;
    // A reset may have taken the row along without an answer: then it is asked again.
    while (answer?.step !== question.step) answer = await this.#askOnce(question, this.#answers);
    this.#asks = false;
    return answer;
  }

  async #askOnce(
    question: Omit<Question, 'asking'>,
    answers: ReturnType<typeof listenForAnswers>,
  ): Promise<Answer | undefined> {
    this.#askings += 1;
    const asking = `${workflowInfo().runId}/${this.#askings}`;
    const asked = await stepWrites(this.#run, `Ask: ${question.step}`).parkJob(this.#run, {
      ...question,
      asking,
    });
    if (asked.status === OutcomeStatus.superseded) throw rowLost();
    for (let { parked } = asked; ; ) {
      await answers.until({ ...parked, message: question.message });
      const begun = await stepWrites(this.#run, 'Look for the answer').beginJob(this.#run);
      if (begun.status === 'begun') return begun.answer;
      if (begun.status !== 'parked') throw rowLost();
      parked = begun.parked;
    }
  }

  /** What is done is done, also when the job was told to stop meanwhile. */
  async complete(result: JobResult): Promise<JobOutcome> {
    if (this.#asks && CancellationScope.current().consideredCancelled)
      throw new CancelledFailure('the job was told to stop');
    if (this.#asks) throw final('the steps ended before the question of the job was answered');
    return CancellationScope.nonCancellable(() =>
      stepWrites(this.#run, 'Complete the row').completeJob(this.#run, result),
    );
  }
}

const final = (message: string) => ApplicationFailure.nonRetryable(message);

const rowLostType = 'ROW_LOST';
const rowLost = () => ApplicationFailure.nonRetryable('the row is no longer this run’s', rowLostType);

/** @throws what the job failed with. That a part of it was canceled, while it was not told to stop itself, is a failure. */
function outcomeOf(error: unknown): JobOutcome {
  if (error instanceof ApplicationFailure && error.type === rowLostType)
    return { status: OutcomeStatus.superseded };
  if (isCancellation(error) && !CancellationScope.current().consideredCancelled)
    throw final('a part of the job was canceled, and the job itself was not');
  throw error;
}
