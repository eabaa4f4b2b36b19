import { Context } from '@temporalio/activity';
import { JobError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import {
  type Answer,
  type BegunJob,
  type JobOutcome,
  type JobRun,
  type JobView,
  OutcomeStatus,
  type ParkedJob,
  type Question,
} from '../../queues/job.ts';
import { asStep } from '../work/as-step.ts';
import { JobWait, rethrowBeforeWork, rethrowDatabaseError } from '../work/interruptions.ts';
import { shownResult } from '../work/shown-result.ts';
import type { JobRow } from './ownership.ts';
import type { JobTransitions } from './transitions.ts';

/** How a workflow of several steps begins, keeps and completes its row. Each is fenced, and may be done twice. */
export interface StepActivities {
  beginJob(run: JobRun): Promise<BegunJob>;
  /** Answers `superseded` for a row that is no longer this run's. */
  updateJob(
    run: JobRun,
    values: Readonly<Record<string, unknown>>,
  ): Promise<{ status: 'written' | 'superseded' }>;
  /** Puts the question on the row; once it stands there, a second call answers how long it still stands. */
  parkJob(run: JobRun, question: Question): Promise<ParkedJob>;
  /** Writes the result columns and completes the row. A column that `result` does not name becomes NULL. */
  completeJob(run: JobRun, result: Readonly<Record<string, unknown>>): Promise<JobOutcome>;
}

interface StepWriteDeps {
  jobs: JobTransitions;
  queues: readonly QueueDefinition[];
  log: Logger;
}

export function createStepWrites({ jobs, queues, log }: StepWriteDeps): StepActivities {
  const queueOf = ({ queue: name }: JobRun): QueueDefinition => {
    const queue = queues.find((known) => known.name === name);
    // While a new version is rolled out, one of its workers takes it at the next try.
    if (queue === undefined) throw new JobWait(`this worker knows no queue "${name}"`, unknownAgainMs);
    return queue;
  };
  const write = <T>(given: JobRun, act: (run: JobRun, step: { log: Logger }) => Promise<T>): Promise<T> =>
    asStep({ retry: once, log }, executing(given), (step) => act(step.run, step));

  return {
    beginJob: (given) =>
      write(given, async (run, step) => {
        const queue = queueOf(run);
        const begun = await jobs.begin(run, { firstTry: true }).catch(rethrowBeforeWork);
        if (begun.kind === 'parked') return { status: 'parked', parked: begun.parked };
        if (begun.kind !== 'mine') return { status: begun.kind };
        step.log.info({ attempt: begun.attempt }, 'job begun');
        const answer = answerOn(queue, begun.row);
        return {
          status: 'begun',
          job: viewOf(queue, run, begun),
          ...(answer !== undefined && { answer }),
        };
      }),

    updateJob: (given, values) =>
      write(given, async (run) => {
        requireKnown(queueOf(run), 'progressColumns', values);
        const written =
          (await jobs.update(run, values)) || ((await isRejoined(run)) && (await jobs.update(run, values)));
        return { status: written ? 'written' : OutcomeStatus.superseded };
      }),

    parkJob: (given, question) =>
      write(given, async (run, step) => {
        const park = () => jobs.park(run, question).catch(rethrowDatabaseError);
        const first = await park();
        const seen = first === undefined ? await jobs.rejoin(run).catch(rethrowDatabaseError) : undefined;
        if (seen?.kind === 'parked') return { status: 'parked', parked: seen.parked };
        const parked = seen?.kind === 'mine' ? await park() : first;
        if (parked === undefined) return { status: OutcomeStatus.superseded };
        step.log.info({ step: parked.step }, 'job waits for an answer');
        return { status: 'parked', parked };
      }),

    completeJob: (given, result) =>
      write(given, async (run, step) => {
        requireKnown(queueOf(run), 'resultColumns', result);
        const complete = () => jobs.complete(run, async () => ({ ...result })).catch(rethrowDatabaseError);
        let completed = await complete();
        if (!completed) {
          const seen = await jobs.rejoin(run).catch(rethrowDatabaseError);
          // An earlier try completed it, and its answer was lost.
          if (seen.kind === 'complete') return { status: OutcomeStatus.complete };
          completed = seen.kind === 'mine' && (await complete());
        }
        if (completed) step.log.info('job complete');
        else step.log.warn('too late: the row is no longer this run’s');
        if (!completed) return { status: OutcomeStatus.superseded };
        return { status: OutcomeStatus.complete, result: shownResult(result) };
      }),
  };

  async function isRejoined(run: JobRun): Promise<boolean> {
    return (await jobs.rejoin(run).catch(rethrowDatabaseError)).kind === 'mine';
  }
}

/** A permanent failure is thrown at once; what has to wait is returned. */
const once = { maxAttempts: 1, initialIntervalMs: 1_000, maxIntervalMs: 1_000 };
const unknownAgainMs = 2_000;

/** An activity that was under way when its workflow was reset is done for the new run, although it was given the old one. */
function executing(run: JobRun): JobRun {
  const { workflowExecution } = Context.current().info;
  const [told = ''] = run.runIds;
  return { ...run, runIds: [...new Set([workflowExecution?.runId ?? told, run.runIds.at(-1) ?? told])] };
}

/** What all this is in JSON, at most: it stands in the history of every job. */
const mostCharacters = 16_000;
const longestLabel = 200;

/** @throws {JobError} for columns with more than a history should hold */
function viewOf(
  queue: QueueDefinition,
  run: JobRun,
  { row, attempt }: { row: JobRow; attempt: number },
): JobView {
  const label = row[queue.columns.label];
  const view = {
    id: run.jobId,
    attempt,
    label: label == null ? null : String(label).slice(0, longestLabel).toWellFormed(),
    requestId: run.requestId,
    values: Object.fromEntries((queue.workflowColumns ?? []).map((column) => [column, row[column] ?? null])),
  };
  const { length } = JSON.stringify(view);
  if (length <= mostCharacters) return view;
  throw refused(`the workflowColumns of the row have ${length} characters; ${mostCharacters} is the most`);
}

function answerOn({ parking }: QueueDefinition, row: JobRow): Answer | undefined {
  return parking === undefined ? undefined : ((row[parking.answer] ?? undefined) as Answer | undefined);
}

/** @throws {JobError} for a value whose column is not among these */
function requireKnown(
  queue: QueueDefinition,
  columns: 'progressColumns' | 'resultColumns',
  values: Readonly<Record<string, unknown>>,
): void {
  const strange = Object.keys(values).find((column) => queue[columns]?.includes(column) !== true);
  if (strange !== undefined)
    throw refused(`"${strange}" is not one of the ${columns} of queue "${queue.name}"`);
}

const refused = (message: string) => new JobError('UNKNOWN', message, { retryable: false });
