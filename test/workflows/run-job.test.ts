import { randomUUID } from 'node:crypto';
import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { JobActivities } from '../../src/activities/rows/transitions.ts';
import type { JobEnd, JobInput, JobRun } from '../../src/queues/job.ts';
import { searchAttributes } from '../../src/queues/search-attributes.ts';
import { startWorkflow } from '../../src/starter/start-workflow.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import type { LetterActivities } from '../support/letters/activities.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { letterWorkflows } from '../support/letters/worker.ts';
import { startPlainWorker } from '../support/plain-worker.ts';
import { connectTemporal } from '../support/temporal.ts';

type Activities = LetterActivities & Pick<JobActivities, 'endJob'>;

const queue = lettersQueue({ taskQueue: `workflows-${randomUUID()}` });
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
let stopWorker: () => Promise<void>;
/** What the fakes do in this test. */
let fakes: Activities;
/** The ends of jobs that the workflow wrote. */
let ends: { run: JobRun; end: JobEnd }[];

beforeAll(async () => {
  temporal = await connectTemporal();
  stopWorker = await startPlainWorker({
    connection: temporal.connection,
    taskQueue: queue.taskQueue,
    workflowBundle: { codePath: await workflowBundle(undefined, letterWorkflows) },
    activities: { sendLetter: (run: JobRun) => fakes.sendLetter(run) },
    rowWrites: { endJob: (run, end) => fakes.endJob(run, end) },
  });
});
afterAll(async () => {
  await stopWorker();
  await temporal.close();
});
beforeEach(() => {
  ends = [];
  fakes = {
    sendLetter: async () => ({ status: 'complete' }),
    endJob: async (run, end) => void ends.push({ run, end }),
  };
});

const running: WorkflowHandle[] = [];
afterEach(async () => {
  for (const handle of running.splice(0)) await handle.terminate().catch(() => undefined); // most have ended
});

/** Starts a job's workflow as the starter does. */
async function start(label = 'a letter'): Promise<WorkflowHandle> {
  const id = randomUUID();
  const job = { id, run_id: null, priority: 0, label, request_id: 'req-1', share: null };
  await startWorkflow(temporal.client, queue, job);
  const handle = temporal.client.workflow.getHandle(id);
  running.push(handle);
  return handle;
}

async function failureOf(handle: WorkflowHandle): Promise<Error | undefined> {
  const error: unknown = await handle.result().then(
    () => new Error('the workflow completed'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof WorkflowFailedError)) throw error;
  return error.cause;
}

const searchable = async (handle: WorkflowHandle) => {
  const { typedSearchAttributes } = await handle.describe();
  return Object.fromEntries(
    Object.entries(searchAttributes).map(([name, key]) => [name, typedSearchAttributes.get(key)]),
  );
};

test('a job is one activity, which is told the job and the run that may write for it', async () => {
  const asked: JobRun[] = [];
  fakes.sendLetter = async (run) => {
    asked.push(run);
    return { status: 'complete' };
  };
  const handle = await start();
  expect(await handle.result()).toEqual({ status: 'complete' });
  const { runId } = await handle.describe();
  const input: JobInput = { queue: 'letters', jobId: handle.workflowId, requestId: 'req-1' };
  expect(asked).toEqual([{ ...input, runIds: [runId] }]);
  expect(ends).toEqual([]);
});

test('a job that belongs to another run ends quietly', async () => {
  fakes.sendLetter = async () => ({ status: 'superseded' });
  expect(await (await start()).result()).toEqual({ status: 'superseded' });
  expect(ends).toEqual([]);
});

test('a failure ends the row first, then the workflow, with the code as its type', async () => {
  fakes.sendLetter = async () => {
    throw ApplicationFailure.nonRetryable('the carrier answered 400', 'CARRIER_REFUSED');
  };
  let statusAtEnd: string | undefined;
  fakes.endJob = async (run, end) => {
    ends.push({ run, end });
    statusAtEnd = (await temporal.client.workflow.getHandle(run.jobId).describe()).status.name;
  };
  const handle = await start();
  const failure = await failureOf(handle);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({
    type: 'CARRIER_REFUSED',
    message: 'the carrier answered 400',
    nonRetryable: true,
  });
  expect(ends.map(({ end }) => end)).toEqual([
    { state: 'failed', errorCode: 'CARRIER_REFUSED', errorMessage: 'the carrier answered 400' },
  ]);
  expect(statusAtEnd).toBe('RUNNING');
});

test('a failure that may pass is tried again, and the row is not told', async () => {
  let tries = 0;
  fakes.sendLetter = async () => {
    tries += 1;
    if (tries < 3) throw ApplicationFailure.create({ type: 'CARRIER_AWAY', nextRetryDelay: '1 millisecond' });
    return { status: 'complete' };
  };
  expect(await (await start()).result()).toEqual({ status: 'complete' });
  expect([tries, ends]).toEqual([3, []]);
});

test('a write of the row’s end is tried until it is written', async () => {
  fakes.sendLetter = async () => {
    throw ApplicationFailure.nonRetryable('no', 'CARRIER_REFUSED');
  };
  let tries = 0;
  fakes.endJob = async (run, end) => {
    tries += 1;
    if (tries === 1) throw new Error('the database is away');
    ends.push({ run, end });
  };
  expect(await failureOf(await start())).toMatchObject({ type: 'CARRIER_REFUSED' });
  expect(ends).toHaveLength(1);
});

test('an end that the row does not take is tried no more, and fails the workflow with the reason', async () => {
  fakes.sendLetter = async () => {
    throw ApplicationFailure.nonRetryable('no', 'CARRIER_REFUSED');
  };
  let tries = 0;
  fakes.endJob = async () => {
    tries += 1;
    throw ApplicationFailure.nonRetryable('the row does not take it (SQLSTATE P0001)', 'ROW_REFUSED');
  };
  expect(await failureOf(await start())).toMatchObject({
    type: 'ROW_REFUSED',
    message: 'the row does not take it (SQLSTATE P0001)',
    nonRetryable: true,
  });
  expect(tries).toBe(1);
});

test('a job canceled in Temporal is told to stop, and its row says canceled', async () => {
  const begun = Promise.withResolvers<void>();
  fakes.sendLetter = async () => {
    begun.resolve();
    const beat = setInterval(() => Context.current().heartbeat(), 50);
    try {
      return await Context.current().cancelled;
    } finally {
      clearInterval(beat);
    }
  };
  const handle = await start();
  await begun.promise;
  await handle.cancel();
  expect(await failureOf(handle)).toBeInstanceOf(CancelledFailure);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
  expect(ends).toEqual([
    {
      run: expect.objectContaining({ jobId: handle.workflowId }),
      end: { state: 'canceled', errorCode: null, errorMessage: null },
    },
  ]);
});

test('a job that was told to stop and then failed in a way that would be tried again is canceled', async () => {
  const begun = Promise.withResolvers<void>();
  fakes.sendLetter = async () => {
    begun.resolve();
    const beat = setInterval(() => Context.current().heartbeat(), 50);
    await Context.current().cancelled.catch(() => undefined); // told to stop
    clearInterval(beat);
    throw ApplicationFailure.retryable('the carrier answered 502', 'CARRIER_AWAY');
  };
  const handle = await start();
  await begun.promise;
  await handle.cancel();
  expect(await failureOf(handle)).toBeInstanceOf(CancelledFailure);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
  expect(ends).toMatchObject([{ end: { state: 'canceled', errorCode: null } }]);
});

test('a job that finishes though it was canceled is complete', async () => {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  fakes.sendLetter = async () => {
    begun.resolve();
    await finish.promise;
    return { status: 'complete' };
  };
  const handle = await start();
  await begun.promise;
  await handle.cancel();
  finish.resolve();
  expect(await handle.result()).toEqual({ status: 'complete' });
  expect(ends).toEqual([]);
});

test('an operator finds jobs by queue, by name, and by the code they failed with', async () => {
  const good = await start('good letter');
  await good.result();
  expect(await searchable(good)).toEqual({ queue: 'letters', name: 'good letter', errorCode: undefined });

  fakes.sendLetter = async () => {
    throw ApplicationFailure.nonRetryable('too large', 'TOO_LARGE');
  };
  const bad = await start('bad letter');
  await failureOf(bad);
  expect(await searchable(bad)).toEqual({ queue: 'letters', name: 'bad letter', errorCode: 'TOO_LARGE' });
});

test('a job whose time runs out while the database is away fails as UNKNOWN, in words', async () => {
  fakes.sendLetter = async () => {
    // The next try would come after the deadline of 23 hours, so there is none.
    throw ApplicationFailure.create({
      message: 'the database is away',
      type: 'DATABASE_AWAY',
      nextRetryDelay: '24 hours',
    });
  };
  const handle = await start();
  expect(await failureOf(handle)).toMatchObject({ type: 'UNKNOWN', message: 'the database is away' });
  expect(ends.map(({ end }) => end)).toEqual([
    { state: 'failed', errorCode: 'UNKNOWN', errorMessage: 'the database is away' },
  ]);
});

test('a row’s code is never the name of an error in our code', async () => {
  fakes.sendLetter = async () => {
    throw ApplicationFailure.nonRetryable('x is not a function', 'TypeError');
  };
  expect(await failureOf(await start())).toMatchObject({ type: 'UNKNOWN' });
  expect(ends[0]?.end).toMatchObject({ errorCode: 'UNKNOWN' });
});
