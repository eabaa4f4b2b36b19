import type { Logger } from '../../platform/logging.ts';
import { type JobOutcome, type JobRun, OutcomeStatus, type Question } from '../../queues/job.ts';
import type { JobRow } from '../rows/ownership.ts';
import type { JobTransitions } from '../rows/transitions.ts';
import { completeJob, type WorkDone } from './completion.ts';
import { DatabaseAway, JobWait, RowLost, rethrowBeforeWork, rethrowDatabaseError } from './interruptions.ts';
import { shownResult } from './shown-result.ts';
import { Stages } from './stages.ts';
import { inTry, type RetryPolicy, type StepContext, type Try } from './try.ts';

/** What a pipeline's work is given: its row, a log that names the job, and whether it was told to stop. */
export interface WorkContext extends StepContext {
  row: JobRow;
  attempt: number;
  /**
   * Writes progress columns of the row, fenced.
   * @throws {RowLost} when the row is no longer this run's: the work must end, and the job is left as it is
   */
  update: (values: Readonly<Record<string, unknown>>) => Promise<void>;
  /**
   * Says that this stage of the work begins, and the one before has ended. Temporal's Web UI shows it in the heartbeat of the activity, and
   * what each took in its result.
   */
  stage: (name: string) => void;
}

/** What follows from a row that is complete, and must not happen to any other. Called again until it has been done once. */
export type Settle = (row: JobRow) => Promise<void>;
const settleAgainMs = 2_000;

/** Work that cannot go on without an answer: the row is parked, and the work is run again when it has one. */
export interface WorkAsks {
  ask: Question;
}

/**
 * Runs a pipeline's work as one activity: begin the job → work → complete the job with its result. Both ends are fenced
 * transactions; in between no database connection is held. Its tries are those of a step.
 */
export async function asJob(
  deps: { jobs: JobTransitions; retry: RetryPolicy; settle?: Settle; log: Logger },
  run: JobRun,
  work: (context: WorkContext) => Promise<WorkDone | WorkAsks>,
): Promise<JobOutcome> {
  return inTry(deps, run, async (job) => {
    try {
      return await beginWorkComplete(deps, job, work);
    } catch (error) {
      if (error instanceof RowLost) return superseded(job.log);
      throw error;
    }
  });
}

async function beginWorkComplete(
  deps: { jobs: JobTransitions; settle?: Settle; log: Logger },
  job: Try,
  work: (context: WorkContext) => Promise<WorkDone | WorkAsks>,
): Promise<JobOutcome> {
  const { run, progress } = job;
  const begun = await deps.jobs.begin(run, { firstTry: job.tries === 1 }).catch(rethrowBeforeWork);
  if (begun.kind === 'parked') return { status: OutcomeStatus.parked, parked: begun.parked };
  if (begun.kind === 'complete') {
    await settled(deps, begun.row, job.log);
    return { status: OutcomeStatus.complete };
  }
  if (begun.kind === 'superseded') return superseded(job.log);
  job.log = job.log.child({ attempt: begun.attempt });
  const { log } = job;
  // A job that waits for a system begins every few seconds.
  log[job.waits ? 'debug' : 'info']('job begun');

  const stages = new Stages();
  const done = await work({
    run,
    row: begun.row,
    attempt: begun.attempt,
    lastTry: job.lastTry,
    progress,
    scheduledAt: job.scheduledAt,
    say: job.say,
    update: async (values) => {
      if (!(await deps.jobs.update(run, values))) throw new RowLost();
      delete progress.refusedSince;
    },
    stage: (name) => {
      progress.stage = name;
      job.say(name);
      stages.begin(name);
    },
    log,
    signal: job.signal,
  });
  if ('ask' in done) {
    const parked = await deps.jobs.park(run, done.ask).catch(rethrowDatabaseError);
    if (parked === undefined) return superseded(log);
    log.info({ step: parked.step }, 'job waits for an answer');
    return { status: OutcomeStatus.parked, parked: { ...parked, message: done.ask.message } };
  }
  const settle = () => settled(deps, begun.row, log);
  let result: Record<string, unknown> = {};
  const publish: WorkDone['publish'] = async (tx) => {
    result = await done.publish(tx);
    return result;
  };
  if (!(await completeJob({ jobs: deps.jobs, settle, log }, run, { ...done, publish })))
    return superseded(log);
  const took = stages.took();
  return {
    status: OutcomeStatus.complete,
    ...(done.shows && { result: shownResult(done.shows(result)) }),
    ...(job.tries > 1 && { tries: job.tries }),
    ...(took !== undefined && { stages: took }),
  };
}

function superseded(log: Logger): JobOutcome {
  log.warn('the row is not this run’s to work on; nothing was changed');
  return { status: OutcomeStatus.superseded };
}

/** When settling fails the job stays complete, and Temporal tries again until it has settled. */
async function settled({ settle }: { settle?: Settle }, row: JobRow, log: Logger): Promise<void> {
  await settle?.(row).catch((error: unknown) => {
    if (error instanceof DatabaseAway) throw error;
    log.warn({ err: error }, 'the job is complete; what follows from that could not be done yet');
    throw new JobWait('the job is complete, and what follows from that is not done yet', settleAgainMs);
  });
}
