import {
  condition,
  continueAsNew,
  defineSignal,
  executeChild,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { JobInput, JobOutcome } from '../../../src/queues/job.ts';
import { activitiesOf } from '../../../src/workflows/run-job.ts';
import { runSteps } from '../../../src/workflows/run-steps.ts';
import type { ParcelActivities } from './activities.ts';

const pickedUp = defineSignal('pickedUp');

const stepsOf = (input: JobInput) =>
  activitiesOf<ParcelActivities>(input, {
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '10 milliseconds' },
  });

/** Three activities, a timer, a signal and a child workflow. */
export function sendParcel(input: JobInput): Promise<JobOutcome> {
  const { weigh, printLabel, handOver } = stepsOf(input);
  let isPickedUp = false;
  setHandler(pickedUp, () => {
    isPickedUp = true;
  });
  return runSteps(input, async (job) => {
    const grams = await weigh(job.run);
    await job.update({ stage: 'weighed' });
    const code = await printLabel(job.run);
    await sleep('10 milliseconds');
    await condition(() => isPickedUp);
    await executeChild(tellReceiver, {
      args: [input, code],
      workflowId: `${workflowInfo().workflowId}-told`,
    });
    await handOver(job.run);
    return { grams, code };
  });
}

/** One step, and nothing beside it. */
export function weighParcel(input: JobInput): Promise<JobOutcome> {
  return runSteps(input, async (job) => ({ grams: await stepsOf(input).weigh(job.run), code: 'weighed' }));
}

/** A child of a job. */
export async function tellReceiver(input: JobInput, code: string): Promise<void> {
  await stepsOf(input).tell(code);
}

/** Asks before it goes on. */
export function sendFragile(input: JobInput): Promise<JobOutcome> {
  return runSteps(input, async (job) => {
    const grams = await stepsOf(input).weigh(job.run);
    const answer = await job.ask({
      step: 'wrap',
      message: 'How shall it be wrapped?',
      schema: { properties: { how: { type: 'string' } }, required: ['how'] },
      answerWithinMs: Number(job.values['answer_within_ms'] ?? 60_000),
    });
    return { grams, code: String(answer.value?.['how']) };
  });
}

/** Asks, and has its label printed then. */
export function sendWrapped(input: JobInput): Promise<JobOutcome> {
  return runSteps(input, async (job) => {
    const { value } = await job.ask({
      step: 'wrap',
      message: 'How shall it be wrapped?',
      schema: { properties: { how: { type: 'string' } }, required: ['how'] },
      answerWithinMs: 60_000,
    });
    return { grams: 1, code: `${await stepsOf(input).printLabel(job.run)}, ${value?.['how']}` };
  });
}

/** Goes on in a run of its own for each of its legs. */
export function sendFar(input: JobInput, leg = 1): Promise<JobOutcome> {
  return runSteps(input, async (job) => {
    await job.update({ stage: `leg ${leg}` });
    if (leg < 3) await continueAsNew<typeof sendFar>(input, leg + 1);
    return { grams: leg, code: 'far' };
  });
}

/** Its child tries to be the job, as no child can. */
export function sendByChild(input: JobInput): Promise<JobOutcome> {
  return runSteps(input, async () => {
    await executeChild(sendFar, { args: [input], workflowId: `${workflowInfo().workflowId}-child` });
  });
}
