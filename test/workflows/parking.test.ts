import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, JobInput } from '../../src/queues/job.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import type { LetterActivities } from '../support/letters/activities.ts';
import { letterWorkflows } from '../support/letters/worker.ts';
import { startPlainWorker } from '../support/plain-worker.ts';
import { connectTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { currentDetails } from '../support/web-ui.ts';

const taskQueue = `parking-${randomUUID()}`;
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
let stopWorker: () => Promise<void>;
let answers: Answer[] = [];
let fakes: LetterActivities;

beforeAll(async () => {
  temporal = await connectTemporal();
  const activities: LetterActivities = { sendLetter: (run) => fakes.sendLetter(run) };
  stopWorker = await startPlainWorker({
    connection: temporal.connection,
    taskQueue,
    workflowBundle: { codePath: await workflowBundle(undefined, letterWorkflows) },
    activities,
    rowWrites: { answerJob: async (_, answer) => void answers.push(answer) },
  });
});
afterAll(async () => {
  await stopWorker();
  await temporal.close();
});

test('current details say what is asked, and until when', async () => {
  let tries = 0;
  fakes = {
    async sendLetter() {
      tries += 1;
      if (tries > 1) return { status: 'complete' };
      return { status: 'parked', parked: { step: 'approve', message: 'deploy [now]?', waitMs: 60_000 } };
    },
  };
  const job: JobInput = { queue: 'letters', jobId: randomUUID(), requestId: null };
  const handle = await temporal.client.workflow.start('sendAskingLetter', {
    args: [job],
    taskQueue,
    workflowId: job.jobId,
  });
  const asked = await until(async () => {
    const details = await currentDetails(handle);
    return details === '' ? undefined : details;
  });
  expect(asked).toMatch(
    /^Waits for an answer: deploy \\\[now\\\]\? \(step approve, until \d{4}-\d\d-\d\d \d\d:\d\d UTC\)$/,
  );
  await handle.executeUpdate('answer', { args: [{ step: 'approve', value: {} }] });
  expect(await handle.result()).toEqual({ status: 'complete' });
  expect(await currentDetails(handle)).toBe('Complete.');
});

test('an answer is taken that comes before the workflow has heard that its row is parked', async () => {
  answers = [];
  const [parkedTheRow, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let tries = 0;
  fakes = {
    async sendLetter() {
      tries += 1;
      if (tries > 1) return { status: 'complete' };
      parkedTheRow.resolve();
      await mayEnd.promise;
      return { status: 'parked', parked: { step: 'approve', waitMs: 60_000 } };
    },
  };
  const job: JobInput = { queue: 'letters', jobId: randomUUID(), requestId: null };
  const handle = await temporal.client.workflow.start('sendAskingLetter', {
    args: [job],
    taskQueue,
    workflowId: job.jobId,
  });
  await parkedTheRow.promise;
  const answer: Answer = { step: 'approve', value: { ok: true } };
  await handle.executeUpdate('answer', { args: [answer] }).finally(() => mayEnd.resolve());
  expect(await handle.result()).toEqual({ status: 'complete' });
  expect({ answers, tries }).toEqual({ answers: [answer], tries: 2 });
});
