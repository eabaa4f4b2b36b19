import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Pool } from '../../platform/database.ts';
import { ErrorCode, JobError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import { Interruption } from '../../queues/interruption.ts';
import type { JobEnd, JobRun } from '../../queues/job.ts';
import { DatabaseAway, isInGrace, progressBefore, StatementRefused } from '../work/interruptions.ts';
import type { JobActivities } from './transitions.ts';

/**
 * The writes of rows as workflows call them: tried again while the database is away, given up where the row or its
 * table refuses them.
 */
export function createRowWrites(deps: { jobs: JobActivities; pool: Pool; log: Logger }): JobActivities {
  const { jobs } = deps;
  return {
    endJob: (run, end) =>
      jobs.endJob(run, end).catch(async (error: unknown) => {
        const refusal = refusalOf(error);
        throw refusal === undefined ? error : await refusedEnd(deps, run, end, refusal);
      }),
    answerJob: (run, answer) =>
      jobs.answerJob(run, answer).catch((error: unknown) => {
        const refusal = refusalOf(error);
        throw refusal === undefined ? error : ApplicationFailure.nonRetryable(refusal, 'ANSWER_REFUSED');
      }),
  };
}

/**
 * The database's sentence, when another try would hear the same.
 * @throws {ApplicationFailure} that Temporal tries again, while the database is away or its refusal is new
 */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof JobError && error.code === ErrorCode.ROW_REFUSED) return error.message;
  if (error instanceof DatabaseAway)
    throw ApplicationFailure.retryable(error.message, Interruption.databaseAway);
  if (!(error instanceof StatementRefused)) return undefined;
  const context = Context.current();
  const progress = progressBefore(context);
  if (!isInGrace(progress)) return error.message;
  context.heartbeat(progress);
  throw ApplicationFailure.retryable(error.message, Interruption.statementRefused);
}

/** Tells it where it can be told: in the log, in the job's history, and in how its workflow ends. */
async function refusedEnd(
  { pool, log }: { pool: Pool; log: Logger },
  run: JobRun,
  end: JobEnd,
  refusal: string,
): Promise<ApplicationFailure> {
  const why = `the row does not take the end of its job (${endInWords(end)}): ${refusal}`;
  const names = { queue: run.queue, jobId: run.jobId, runId: run.runIds[0], requestId: run.requestId };
  log.error({ ...names, ...end, refusal }, 'the row does not take the end of its job');
  await noteRefusal(pool, run, why).catch((error: unknown) => {
    log.warn({ ...names, err: error }, 'the refusal could not be noted in the history of the job');
  });
  return ApplicationFailure.nonRetryable(why, ErrorCode.ROW_REFUSED);
}

export const noteRefusal = (pool: Pool, { queue, jobId, runIds }: JobRun, why: string) =>
  pool.query('SELECT switchyard.note_refusal($1, $2, $3, $4)', [queue, jobId, runIds[0], why]);

const endInWords = ({ state, errorCode, errorMessage }: JobEnd): string =>
  errorCode === null ? state : `${state}, ${errorCode}: ${errorMessage ?? ''}`;
