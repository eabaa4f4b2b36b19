import {
  ActivityCancellationType,
  type ActivityOptions,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  TemporalFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { JobActivities } from '../activities/rows/transitions.ts';
import { type JobEnd, type JobInput, type JobOutcome, type JobRun, progressSignal } from '../queues/job.ts';
import { searchAttributes } from '../queues/search-attributes.ts';
import { rowTaskQueue } from '../queues/standard.ts';
import { showDetails, showEnd } from './details.ts';
import { isGivenUpForCancel, isTextEncrypted, jobEndOf } from './job-end.ts';

/** Where failures are encrypted their text is a payload; that of the workflow itself becomes one as a detail. */
function failureOf({ errorCode, errorMessage }: JobEnd, encrypted: boolean): ApplicationFailure {
  return ApplicationFailure.create({
    nonRetryable: true,
    ...(errorCode !== null && { type: errorCode }),
    ...(encrypted
      ? { message: `${errorCode}, with an encrypted message`, details: [errorMessage] }
      : errorMessage !== null && { message: errorMessage }),
  });
}

/** For Temporal's Web UI. A namespace that lacks our search attributes would refuse it, and the workflow would hang: it was started without. */
function noteErrorCode({ errorCode }: JobEnd): void {
  if (workflowInfo().typedSearchAttributes.get(searchAttributes.queue) === undefined) return;
  upsertSearchAttributes([{ key: searchAttributes.errorCode, value: errorCode }]);
}

/** What ends a workflow as canceled, also where the activity itself ended otherwise. */
const canceledBy = (error: unknown) =>
  isGivenUpForCancel(error) ? new CancelledFailure('the job was told to stop') : error;

/** A row that does not take the end of its job says so as the failure of the workflow itself, where the reconciler reads it. */
function throwRefusal(error: unknown): never {
  const refusal = jobEndOf(error);
  if (refusal.errorCode !== 'ROW_REFUSED') throw error;
  noteErrorCode(refusal);
  throw failureOf(refusal, isTextEncrypted(error));
}

/** Activities of a job, on the task queue of the workers that serve its queue. */
export function activitiesOf<A>({ taskQueue }: JobInput, options: ActivityOptions) {
  return proxyActivities<A>({ ...options, ...(taskQueue !== undefined && { taskQueue }) });
}

/**
 * The activity that does a job's work from its begin to its end, with the times it may take and a summary for Temporal's Web UI. It counts
 * its tries itself, so Temporal sets it no limit: outages and restarts of workers use up none. A dead worker is noticed by its
 * heartbeat, and the work is tried again; a job that is told to stop ends when its work has ended.
 */
export function workOf<A>(
  input: JobInput,
  options: Pick<ActivityOptions, 'startToCloseTimeout' | 'scheduleToCloseTimeout' | 'summary'>,
) {
  return activitiesOf<A>(input, {
    ...options,
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}

/** Where the workers are that write the row of this job. */
export const rowTaskQueueOf = ({ rowTaskQueue: named }: JobInput): string =>
  named ?? rowTaskQueue(workflowInfo());

/** Temporal refuses a summary of more than 400 bytes, and the workflow with it. */
export const shortSummary = (text: string): string => text.slice(0, 80).toWellFormed();

/** Writes of a row: short, and tried until Postgres is back. */
export const rowWrites = (job: JobInput, summary: string) =>
  proxyActivities<JobActivities>({
    summary: shortSummary(summary),
    taskQueue: rowTaskQueueOf(job),
    startToCloseTimeout: '30 seconds',
    retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
  });

const endings: Record<JobOutcome['status'], string> = {
  complete: 'Complete.',
  superseded: 'The row is not this run’s to work on; nothing was changed.',
  parked: 'Waits for an answer.',
};

const summaryOf = ({ state, errorCode }: JobEnd): string =>
  `End the row: ${state}${errorCode === null ? '' : ` with ${errorCode}`}`;

/** An update whose workflow ends under it would fail with words that tell its sender nothing. */
const updatesAnswered = () => CancellationScope.nonCancellable(() => condition(allHandlersFinished));

/**
 * The life of every job: begin → work → outcome. The pipeline's work begins the job and writes its result itself,
 * fenced (`activities/lifecycle.ts`), so that a job takes one activity; what it throws ends the job here, on the row
 * first and then in Temporal, where the failure's type is the error code. Updates are answered before the workflow ends.
 */
export async function runJob(
  input: JobInput,
  work: (run: JobRun) => Promise<JobOutcome>,
): Promise<JobOutcome> {
  const { runId, firstExecutionRunId } = workflowInfo();
  const run: JobRun = { ...input, runIds: [...new Set([runId, firstExecutionRunId])] };
  setHandler(defineSignal<[string]>(progressSignal), showDetails, {
    description: 'What the work is doing: sent by its activity, shown as current details',
  });
  try {
    const outcome = await work(run);
    await updatesAnswered();
    showDetails(endings[outcome.status]);
    return outcome;
  } catch (error) {
    // Continued as new; or a bug of the workflow, for which Temporal keeps it until its code is mended.
    if (!(error instanceof TemporalFailure)) throw error;
    const end = jobEndOf(error);
    await CancellationScope.nonCancellable(() =>
      rowWrites(run, summaryOf(end)).endJob(run, end).catch(throwRefusal),
    );
    await updatesAnswered();
    showEnd(end);
    if (end.state === 'canceled') throw canceledBy(error);
    noteErrorCode(end);
    throw failureOf(end, isTextEncrypted(error));
  }
}
