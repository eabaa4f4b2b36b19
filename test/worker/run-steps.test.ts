import { readFile } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStepWrites } from '../../src/activities/rows/step-writes.ts';
import { createJobActivities } from '../../src/activities/rows/transitions.ts';
import { asStep } from '../../src/activities/work/as-step.ts';
import { JobWait } from '../../src/activities/work/interruptions.ts';
import { JobError } from '../../src/platform/errors.ts';
import type { Question } from '../../src/queues/job.ts';
import { activityEnvironment } from '../support/activity.ts';
import { silentLogger } from '../support/logger.ts';
import { heldStep } from '../support/parcels/activities.ts';
import { losingPool, type Side } from '../support/parcels/losing-pool.ts';
import { openPostOffice, type PostOffice } from '../support/parcels/post-office.ts';
import { movesOf, readParcel } from '../support/parcels/table.ts';
import { untilIdle } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let office: PostOffice;
beforeEach(async () => {
  office = await openPostOffice();
});
afterEach(() => office.close());

const pickUp = (id: string) => office.workflow(id).signal('pickedUp');
const endsOnce = ['none → queued', 'queued → processing', 'processing → complete'];

const untilTimerFired = (id: string) =>
  until(async () => {
    const { events } = await office.workflow(id).fetchHistory();
    return events?.some(({ timerFiredEventAttributes: fired }) => fired != null);
  });

/** A parcel that is at this step, which the test holds. */
async function parcelAt(step: 'weigh' | 'printLabel' | 'handOver') {
  const held = heldStep<never>(undefined as never);
  const before = office.steps[step];
  office.steps[step] = held.step;
  const id = await office.send();
  await pickUp(id);
  await held.called;
  office.steps[step] = before as never;
  return { id, release: held.release };
}

describe('a job of three activities, a timer, a signal and a child workflow', () => {
  test('ends its row once, with what its steps answered', async () => {
    await office.startWorker();
    const id = await office.send();
    await pickUp(id);
    expect(await office.workflow(id).result()).toMatchObject({ status: 'complete' });
    expect(await readParcel(office.pool, id)).toMatchObject({
      status: 'complete',
      attempt: 1,
      stage: 'weighed',
      grams: 300,
      code: 'P-1',
      started_by: null,
    });
    expect(await movesOf(office.pool, id)).toEqual(endsOnce);
  });

  test('leaves nothing of its row in Temporal but what the queue names', async () => {
    await office.startWorker();
    const id = await office.send();
    await pickUp(id);
    await office.workflow(id).result();
    const { events } = await office.workflow(id).fetchHistory();
    const payloads = events?.flatMap(
      ({ activityTaskCompletedEventAttributes: done }) => done?.result?.payloads ?? [],
    );
    const texts = payloads?.map(({ data }) => Buffer.from(data ?? []).toString());
    expect(texts?.[0]).toContain('"label":"Ada"');
    expect(texts?.[0]).toContain('"values":{"answer_within_ms":null}');
    expect(texts?.join()).not.toContain('cheese');
  });

  test('fails its row with the code of the step that failed', async () => {
    await office.startWorker();
    office.steps.weigh = async () => {
      throw ApplicationFailure.nonRetryable('the scales are broken', 'SCALES');
    };
    const id = await office.send();
    await expect(office.workflow(id).result()).rejects.toMatchObject({ cause: { type: 'SCALES' } });
    expect(await readParcel(office.pool, id)).toMatchObject({
      status: 'failed',
      error_code: 'SCALES',
      error_message: 'the scales are broken',
    });
  });

  test('fails its row with the code of the child that failed', async () => {
    await office.startWorker();
    office.steps.tell = async () => {
      throw ApplicationFailure.nonRetryable('nobody is there', 'NOBODY');
    };
    const id = await office.send();
    await pickUp(id);
    expect(await office.untilStatus(id, 'failed')).toMatchObject({ error_code: 'NOBODY' });
  });

  test('fails its row when the table refuses the result', async () => {
    await office.startWorker();
    office.steps.weigh = async () => -1;
    const id = await office.send();
    await pickUp(id);
    expect(await office.untilStatus(id, 'failed')).toMatchObject({ error_code: 'ROW_REFUSED' });
  });

  test('waits for a system that is away without using up a try', async () => {
    await office.startWorker();
    let tries = 0;
    const scheduled: number[] = [];
    const deps = { retry: { maxAttempts: 2, initialIntervalMs: 1, maxIntervalMs: 1 }, log: silentLogger };
    office.steps.weigh = (run) =>
      asStep(deps, run, async ({ lastTry, scheduledAt }) => {
        tries += 1;
        scheduled.push(Number(scheduledAt));
        if (tries <= 3) throw new JobWait('the scales are out of order', 1);
        if (!lastTry) throw new JobError('SCALES', 'they wobble', { retryable: true });
        return tries;
      });
    const id = await office.send();
    await pickUp(id);
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ grams: 5 });
    // What orders the folders of tries: that of each is later, by Temporal's clock.
    expect([...new Set(scheduled)].sort((one, other) => one - other)).toEqual(scheduled);
    expect(Math.abs(Number(scheduled[0]) / 1_000 - Date.now())).toBeLessThan(600_000);
  });

  test('that is told to stop ends as canceled, and so does what it does', async () => {
    await office.startWorker();
    const { id, release } = await parcelAt('handOver');
    await office.pool.query('UPDATE parcels SET cancel_requested_at = now() WHERE id = $1', [id]);
    await office.signals().runOnce();
    await office.untilStatus(id, 'canceled');
    await until(async () => (await office.workflow(id).describe()).status.name === 'CANCELLED');
    release();
    expect(await movesOf(office.pool, id)).toEqual([
      ...endsOnce.slice(0, 2),
      'processing → processing',
      'processing → canceled',
    ]);
  });

  test('goes on at another worker when its own is gone between begin and complete', async () => {
    const stop = await office.startWorker();
    const id = await office.send();
    await office.untilStatus(id, 'processing');
    await until(async () => (await readParcel(office.pool, id))['stage'] === 'weighed');
    await untilTimerFired(id);
    await untilIdle(office.workflow(id));
    await stop();
    await pickUp(id);
    await office.startWorker();
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ attempt: 1 });
    expect(await movesOf(office.pool, id)).toEqual(endsOnce);
  });
});

describe.each<Side>(['before', 'after'])('a connection that is lost %s the COMMIT', (side) => {
  test.each([
    ['of the begin', /FOR UPDATE/, 'sendParcel'],
    ['of progress', /SET "stage"/, 'sendParcel'],
    ['of the complete', /SET "status" = 'complete'/, 'sendParcel'],
  ])('%s ends the row once', async (_, statement, workflowType) => {
    const { pool, lost } = losingPool(office.databaseUrl, statement, side);
    const stop = await office.startWorker(pool);
    const id = await office.send(workflowType);
    await pickUp(id);
    expect(await office.workflow(id).result()).toMatchObject({ status: 'complete' });
    expect(await readParcel(office.pool, id)).toMatchObject({ grams: 300, code: 'P-1', stage: 'weighed' });
    expect(await movesOf(office.pool, id)).toEqual(endsOnce);
    expect(lost()).toBe(true);
    await stop();
    await pool.end();
  });

  test('of a question asks it once, and its answer is taken', async () => {
    const { pool, lost } = losingPool(office.databaseUrl, /SET "status" = 'asking'/, side);
    const stop = await office.startWorker(pool);
    const id = await office.send('sendFragile');
    await office.untilStatus(id, 'asking');
    await answer(id);
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ code: 'in paper' });
    expect(await movesOf(office.pool, id)).toEqual(withQuestion);
    expect(lost()).toBe(true);
    await stop();
    await pool.end();
  });

  test('of the begin after an answer goes on with the answer', async () => {
    const { pool, lost } = losingPool(office.databaseUrl, /SET "status" = 'processing'/, side);
    const stop = await office.startWorker(pool);
    const id = await office.send('sendFragile');
    await office.untilStatus(id, 'asking');
    await answer(id);
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ code: 'in paper' });
    expect(await movesOf(office.pool, id)).toEqual(withQuestion);
    expect(lost()).toBe(true);
    await stop();
    await pool.end();
  });
});

const withQuestion = [
  'none → queued',
  'queued → processing',
  'processing → parked',
  'parked → parked',
  'parked → processing',
  'processing → complete',
];
async function answer(id: string) {
  await office.pool.query('UPDATE parcels SET answer = $2 WHERE id = $1', [
    id,
    JSON.stringify({ step: 'wrap', value: { how: 'in paper' } }),
  ]);
  await office.signals().runOnce();
}

describe('a job that asks', () => {
  test('takes an answer by an update of its workflow', async () => {
    await office.startWorker();
    const id = await office.send('sendFragile');
    await office.untilStatus(id, 'asking');
    await office.workflow(id).executeUpdate('answer', { args: [{ step: 'wrap', value: { how: 'twice' } }] });
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ code: 'twice', grams: 300 });
  });

  test('fails when nobody answers in time', async () => {
    await office.startWorker();
    const id = await office.send('sendFragile', { answer_within_ms: 10 });
    expect(await office.untilStatus(id, 'failed')).toMatchObject({ error_code: 'INPUT_TIMEOUT' });
  });

  test('is canceled while it waits', async () => {
    await office.startWorker();
    const id = await office.send('sendFragile');
    await office.untilStatus(id, 'asking');
    await office.workflow(id).cancel();
    await office.untilStatus(id, 'canceled');
  });

  test('keeps its question when it is reset while it waits', async () => {
    await office.startWorker();
    const id = await office.send('sendFragile');
    await office.untilStatus(id, 'asking');
    await until(async () =>
      (await office.workflow(id).fetchHistory()).events?.some((e) => e.timerStartedEventAttributes),
    );
    const runId = await office.resetAfter(id, 'parkJob');
    await answer(id);
    expect(await office.untilStatus(id, 'complete')).toMatchObject({
      code: 'in paper',
      run_id: runId,
      attempt: 1,
    });
  });
});

describe('a reset', () => {
  test('to a step in the middle takes the row along with its first write', async () => {
    await office.startWorker();
    let weighed = 0;
    office.steps.weigh = async () => ++weighed;
    const { id, release } = await parcelAt('handOver');
    const runId = await office.resetAfter(id, 'updateJob');
    release();
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ run_id: runId, attempt: 1, grams: 1 });
    expect(await office.workflow(id).result()).toMatchObject({ status: 'complete' });
  });

  test('of a job that failed does the last step again', async () => {
    await office.startWorker();
    let weighed = 0;
    office.steps.weigh = async () => ++weighed;
    office.steps.handOver = async () => {
      throw ApplicationFailure.nonRetryable('nobody is there', 'NOBODY');
    };
    const id = await office.send();
    await pickUp(id);
    await office.untilStatus(id, 'failed');
    office.steps.handOver = async () => undefined;
    const runId = await office.resetAfter(id, 'updateJob');
    expect(await office.untilStatus(id, 'complete')).toMatchObject({
      run_id: runId,
      grams: 1,
      error_code: null,
    });
  });

  test('that fails before it wrote anything ends the row of the run before', async () => {
    await office.startWorker();
    const { id, release } = await parcelAt('handOver');
    office.steps.handOver = async () => {
      throw ApplicationFailure.nonRetryable('nobody is there', 'NOBODY');
    };
    const runId = await office.resetAfter(id, 'updateJob');
    expect(await office.untilStatus(id, 'failed')).toMatchObject({ run_id: runId, error_code: 'NOBODY' });
    release();
  });
});

describe('a zombie', () => {
  const writes = () => {
    const jobs = createJobActivities({
      ...office,
      queues: [office.queue],
      workerId: 'zombie',
      log: silentLogger,
    });
    return createStepWrites({ jobs, queues: [office.queue], log: silentLogger });
  };
  const asRun = <T>(runId: string, work: () => Promise<T>) =>
    activityEnvironment({ workflowExecution: { workflowId: 'parcels:1', runId } }).run(work);

  test('of a workflow that was terminated changes nothing once the job is run again', async () => {
    await office.startWorker();
    const { id, release } = await parcelAt('handOver');
    const { run_id: zombie } = await readParcel(office.pool, id);
    await office.workflow(id).terminate();
    await office.pool.query(`UPDATE parcels SET status = 'queued' WHERE id = $1`, [id]);
    const held = heldStep<never>(undefined as never);
    office.steps.handOver = held.step;
    await office.start();
    await pickUp(id);
    await held.called;
    const inFlight = await readParcel(office.pool, id);
    expect(inFlight).toMatchObject({ attempt: 2, status: 'processing' });

    const late = { queue: 'parcels', jobId: id, requestId: null, runIds: [zombie ?? ''], attempt: 1 };
    const { completeJob, updateJob, parkJob, beginJob } = writes();
    const question = { step: 'x', message: 'x', schema: { properties: {} }, answerWithinMs: 1_000 };
    const superseded = { status: 'superseded' };
    for (const runId of [zombie ?? '', 'a reset that never wrote']) {
      const run = { ...late, runIds: [runId, zombie ?? ''] };
      expect(await asRun(runId, () => completeJob(run, { code: 'zombie' }))).toEqual(superseded);
      expect(await asRun(runId, () => updateJob(run, { stage: 'zombie' }))).toEqual(superseded);
      expect(await asRun(runId, () => parkJob(run, question))).toEqual(superseded);
    }
    expect(await asRun(zombie ?? '', () => beginJob(late))).toEqual(superseded);
    expect(await readParcel(office.pool, id)).toEqual(inFlight);
    held.release();
    release();
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ attempt: 2, code: 'P-1' });
  });

  test('of the same run does not ask again what was answered', async () => {
    await office.startWorker();
    const held = heldStep<string>('P-2');
    office.steps.printLabel = held.step;
    const id = await office.send('sendWrapped');
    const { question, run_id: runId } = await office.untilStatus(id, 'asking');
    await answer(id);
    await held.called;
    const inFlight = await readParcel(office.pool, id);
    expect(inFlight).toMatchObject({ status: 'processing', run_id: runId, question });

    const run = { queue: 'parcels', jobId: id, requestId: null, runIds: [runId ?? ''], attempt: 1 };
    const late = { ...(question as Question), answerWithinMs: 60_000 };
    expect(await asRun(runId ?? '', () => writes().parkJob(run, late))).toEqual({ status: 'superseded' });
    expect(await readParcel(office.pool, id)).toEqual(inFlight);
    held.release();
    expect(await office.untilStatus(id, 'complete')).toMatchObject({ code: 'P-2, in paper' });
  });

  test('does not end, nor take, a row that waits to be run again', async () => {
    await office.startWorker();
    const { id, release } = await parcelAt('handOver');
    const { run_id: zombie } = await readParcel(office.pool, id);
    await office.workflow(id).terminate();
    await office.pool.query(`UPDATE parcels SET status = 'queued' WHERE id = $1`, [id]);
    const waiting = await readParcel(office.pool, id);
    for (const runId of [zombie ?? '', 'a reset']) {
      const run = { queue: 'parcels', jobId: id, requestId: null, runIds: [runId, zombie ?? ''], attempt: 1 };
      expect(await asRun(runId, () => writes().completeJob(run, {}))).toEqual({ status: 'superseded' });
    }
    expect(await readParcel(office.pool, id)).toEqual(waiting);
    release();
  });
});

test('a job of one step costs what docs/workflows-of-several-steps.md says', async () => {
  await office.startWorker();
  const id = await office.send('weighParcel');
  await office.untilStatus(id, 'complete');
  await office.workflow(id).result();
  const { events = [] } = await office.workflow(id).fetchHistory();
  const activities = events?.filter((event) => event.activityTaskScheduledEventAttributes != null);
  const page = await readFile('docs/workflows-of-several-steps.md', 'utf8');
  expect(page).toContain(`| one step, \`runSteps\` | ${activities?.length} | ${events?.length} |`);
});

test('a job that is continued as new takes its row along, and completes it once', async () => {
  await office.startWorker();
  const id = await office.send('sendFar');
  const { run_id: last } = await office.untilStatus(id, 'complete');
  expect(await readParcel(office.pool, id)).toMatchObject({ attempt: 1, stage: 'leg 3', grams: 3 });
  expect(last).toBe((await office.workflow(id).describe()).runId);
});

test('a child workflow cannot be the job of its parent', async () => {
  await office.startWorker();
  const id = await office.send('sendByChild');
  expect(await office.untilStatus(id, 'failed')).toMatchObject({
    error_message: expect.stringContaining('a child workflow has no row of its own'),
  });
});

test('a workflow whose row was deleted before its begin ends quietly', async () => {
  const id = await office.send();
  await office.pool.query('DELETE FROM parcels WHERE id = $1', [id]);
  await office.startWorker();
  expect(await office.workflow(id).result()).toEqual({ status: 'superseded' });
});
