import {
  ActivityFailure,
  condition,
  defineSignal,
  defineUpdate,
  getCurrentDetails,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { type Answer, answeredSignal, type JobOutcome, type JobRun, type Parked } from '../queues/job.ts';
import { showQuestion } from './details.ts';
import { rowWrites, shortSummary } from './run-job.ts';

/** The row has its answer: sent by the starter, whoever set it. */
const answered = defineSignal(answeredSignal);
/** The answer itself, by a caller who has Temporal and no SQL. Refused like an UPDATE of the row. */
const answer = defineUpdate<void, [Answer]>('answer');

/** A workflow that receives answers. */
interface Answers {
  /** Until the row may have its answer, or the time for it is over: only a look at the row tells. */
  until(question: Parked): Promise<void>;
}

/** From now on the workflow takes answers: those that the row already has, and those that are given to itself. */
export function listenForAnswers(run: JobRun): Answers {
  let parked: Parked | undefined;
  let told = false;
  setHandler(
    answered,
    () => {
      told = true;
    },
    { description: 'The row has its answer: sent by the starter' },
  );
  setHandler(
    answer,
    async (given) => {
      await rowWrites(run, `Answer the step ${given.step}`).answerJob(run, given).catch(throwCause);
      told = true;
    },
    {
      validator: (given) => refuseMisplaced(parked, given),
      description: 'Answers the question: { step, value }',
    },
  );
  return {
    async until(question) {
      parked = question;
      const before = getCurrentDetails();
      showQuestion(question);
      await condition(() => told, question.waitMs, {
        summary: shortSummary(`Time for the answer to ${question.step}`),
      });
      setCurrentDetails(before);
      [parked, told] = [undefined, false];
    },
  };
}

/**
 * Work that may ask: it parks its row and ends, and is run again when the row has an answer, or when the time for it is
 * over, which its begin then finds. In between there is nothing but this workflow, for as long as it takes.
 */
export async function untilNothingIsAsked(
  run: JobRun,
  work: (run: JobRun) => Promise<JobOutcome>,
): Promise<JobOutcome> {
  const answers = listenForAnswers(run);
  let outcome = await work(run);
  for (; outcome.parked !== undefined; outcome = await work(run)) await answers.until(outcome.parked);
  return outcome;
}

/** The caller of an update hears what the table says, and not that an activity has failed. */
function throwCause(error: unknown): never {
  throw error instanceof ActivityFailure && error.cause !== undefined ? error.cause : error;
}

/**
 * What can be told without a look at the row: an update that is refused here leaves no trace. A row may be parked a moment before
 * its workflow receives it, so that one without a question leaves it to the row.
 */
function refuseMisplaced(parked: Parked | undefined, given: Answer): void {
  if (parked === undefined || given?.step === parked.step) return;
  throw new Error(`the answer is to the step "${given?.step}", and the question is of step "${parked.step}"`);
}
