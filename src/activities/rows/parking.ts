import { ApplicationFailure } from '@temporalio/activity';
import pg from 'pg';
import type { PoolClient } from '../../platform/database.ts';
import { ErrorCode, JobError } from '../../platform/errors.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import type { Answer, JobRun, Parked, Question } from '../../queues/job.ts';
import type { ParkingStatements } from '../../sql/parking.ts';
import { meaningOfUncaught } from '../work/interruptions.ts';
import { requireVisible } from './hidden-rows.ts';

/** Parks the row with its question. `undefined`: it is no longer this run's. */
export async function park(
  tx: PoolClient,
  statements: ParkingStatements,
  run: JobRun,
  { answerWithinMs, ...question }: Question,
): Promise<Parked | undefined> {
  await tx.query(statements.asQuestion, [question.step, question.message]);
  const { rows } = await tx.query<{ wait_ms: number }>(statements.park, [
    run.jobId,
    run.runIds[0],
    JSON.stringify(question),
    answerWithinMs,
    question.asking ?? null,
  ]);
  return rows[0] && { step: question.step, waitMs: rows[0].wait_ms };
}

/** Whether an earlier try put the same asking on the row, which may have its answer by now. */
export async function wasAsked(
  tx: PoolClient,
  statements: ParkingStatements,
  run: JobRun,
  { asking }: Question,
): Promise<boolean> {
  if (asking === undefined) return false;
  const { rows } = await tx.query<{ asking: string | null }>(statements.readQuestion, [run.jobId]);
  return rows[0]?.asking === asking;
}

/**
 * How a parked row, locked, goes on waiting; `undefined`: it has its answer.
 * @throws {JobError} `INPUT_TIMEOUT` when the time for it is over
 */
export async function stillParked(
  tx: PoolClient,
  statements: ParkingStatements,
  run: JobRun,
): Promise<Parked | undefined> {
  const { rows } = await tx.query<{ answered: boolean; step: string; wait_ms: number }>(
    statements.readQuestion,
    [run.jobId],
  );
  const [question] = rows;
  if (question === undefined || question.answered) return undefined;
  if (question.wait_ms > 0) return { step: question.step, waitMs: question.wait_ms };
  throw new JobError(ErrorCode.INPUT_TIMEOUT, `nobody answered the step "${question.step}" in time`, {
    retryable: false,
  });
}

/**
 * Gives the row an answer that came through Temporal; again does no harm.
 * @throws {ApplicationFailure} final, with what the table says against the answer
 */
export async function giveAnswer(
  db: Pick<PoolClient, 'query'>,
  { queue, statements }: { queue: QueueDefinition; statements: ParkingStatements },
  run: JobRun,
  answer: Answer,
): Promise<void> {
  const refused = (why: string) => ApplicationFailure.nonRetryable(why, 'ANSWER_REFUSED');
  try {
    const { rowCount } = await db.query(statements.answer, [
      run.jobId,
      run.runIds[0],
      JSON.stringify(answer),
    ]);
    if (rowCount === 1) return;
    await requireVisible(db, queue);
    throw refused(`the row of job ${run.jobId} is no longer this run’s`);
  } catch (error) {
    const isOurs =
      error instanceof pg.DatabaseError && error.constraint?.startsWith('switchyard_answer_') === true;
    throw isOurs ? refused(error.message) : meaningOfUncaught(error);
  }
}
