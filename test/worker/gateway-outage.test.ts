import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { metrics } from '../../src/platform/metrics.ts';
import { runStarterLoop } from '../../src/starter/loop.ts';
import { createTestDatabase } from '../support/database.ts';
import {
  type Answer,
  answerLater,
  answerStatus,
  answerXml,
  drain,
  startTestGateway,
} from '../support/gateway.ts';
import { insertJob, readJob, until } from '../support/jobs.ts';
import { silentLogger } from '../support/logger.ts';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';

/** Intervals a hundredth of the real ones, except the tries: they go so fast that they would be used up in an instant. */
const quick = {
  GATEWAY_BREAKER_WINDOW: '1000',
  GATEWAY_PROBE_INTERVAL: '100',
  GATEWAY_RETRY_INITIAL_INTERVAL: '20',
  GATEWAY_RETRY_MAX_INTERVAL: '100',
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pipeline: Pipeline;
let starting: AbortController;
let started: Promise<void>;
beforeEach(async () => {
  database = await createTestDatabase();
  starting = new AbortController();
  started = Promise.resolve();
});
afterEach(async () => {
  starting.abort();
  await started;
  await pipeline.close();
  await database.drop();
});

async function run(maxWaitMs: number, env: Record<string, string> = {}): Promise<void> {
  pipeline = await createPipeline({ databaseUrl: database.url, maxWaitMs });
  await pipeline.startWorker({ ...quick, ...env });
  const options = { doorbell: undefined, pollIntervalMs: 50, log: silentLogger, signal: starting.signal };
  started = runStarterLoop({ starter: pipeline.starter(), ...options });
}

const hour = 3_600_000;
/** 1 000 take two minutes: OUTAGE_JOBS=1000. */
const waiting = Number(process.env['OUTAGE_JOBS'] ?? 100);
const insertMany = (count: number) =>
  Promise.all(Array.from({ length: count }, () => insertJob(pipeline.pool)));

async function counts(): Promise<Record<string, number>> {
  const { rows } = await pipeline.pool.query<{ status: string; jobs: number }>(
    'SELECT status::text, count(*)::integer AS jobs FROM jobs GROUP BY status',
  );
  return Object.fromEntries(rows.map(({ status, jobs }) => [status, jobs]));
}
const untilComplete = (jobs: number) => until(async () => ((await counts())['complete'] ?? 0) >= jobs);

interface Pause {
  reason: string;
  automatic: boolean;
  probes: number;
  probe_job: string | null;
  resumed_at: Date | null;
}
const pauses = async () =>
  (await pipeline.pool.query<Pause>('SELECT * FROM switchyard.pauses ORDER BY id')).rows;
const untilOpen = () => until(async () => (await pauses()).find(({ resumed_at }) => resumed_at === null));
const untilProbed = (times: number) => until(async () => ((await pauses())[0]?.probes ?? 0) >= times);
const untilWaits = () =>
  until(async () => pipeline.lines.some(({ retryInMs }) => typeof retryInMs === 'number'));

const hang: Answer = async (request) => void (await drain(request));
const reset: Answer = (request) => void request.socket.destroy();
const down = (answer: Answer) => Object.assign(pipeline.gateway, { answer, health: answer });
const back = () =>
  Object.assign(pipeline.gateway, { answer: answerXml('<invoice/>'), health: answerStatus(200) });

describe('a gateway that is out of order', () => {
  test.each([
    ['refuses', reset],
    ['hangs', hang],
    ['answers 500', answerStatus(500)],
  ])('(%s) fails no job, is tried one at a time, and all goes on when it is back', async (_, broken) => {
    await run(hour, { GATEWAY_TIMEOUT: '1500' });
    await pipeline.pool.query(`INSERT INTO switchyard.limits (queue, in_flight) VALUES ('invoices', 10)`);
    down(broken);
    await insertMany(30);
    await untilOpen();
    const before = pipeline.gateway.calls.length;
    await untilProbed(5);
    const [pause] = await pauses();
    // Those that were under way when it opened, and the probe of this moment.
    expect(pipeline.gateway.calls.length - before).toBeLessThanOrEqual(10 + (pause?.probes ?? 0) + 3);
    expect(await counts()).not.toHaveProperty('failed');
    expect((await counts())['queued']).toBeGreaterThan(0);
    back();
    await untilComplete(30);
    expect(await counts()).toEqual({ complete: 30 });
    expect(await pauses()).toMatchObject([{ automatic: true, resumed_by: 'test worker worker-1' }]);
    const { rows } = await pipeline.pool.query('SELECT DISTINCT attempt FROM jobs');
    expect(rows).toEqual([{ attempt: 1 }]);
  });

  test('is found by two workers, and one of them opens its breaker', async () => {
    await run(hour);
    await pipeline.startWorker(quick);
    down(answerStatus(502));
    await insertMany(30);
    await untilProbed(5);
    back();
    await untilComplete(30);
    expect(await counts()).toEqual({ complete: 30 });
    const said = (text: RegExp) => pipeline.lines.filter(({ msg }) => text.test(String(msg)));
    expect(said(/is out of order; jobs wait/)).toHaveLength(1);
    expect(said(/its breaker is closed/)).toHaveLength(1);
  });

  // An hour with its intervals a hundredth; what Temporal adds to each wait, a second at most, it does not shrink.
  test(`while 10 jobs run and ${waiting} wait: none fails, none is lost, and it is not called more than once a probe`, async () => {
    await run(hour);
    const held = answerLater(reset);
    pipeline.gateway.answer = held.answer;
    await insertMany(10);
    await until(async () => pipeline.gateway.calls.length === 10);
    await insertMany(waiting);
    down(reset);
    held.release();
    await untilOpen();
    const before = pipeline.gateway.calls.length;
    await untilProbed(10);
    expect(pipeline.gateway.calls.length - before).toBeLessThanOrEqual(10 + 10 + 3);
    const { queued = 0, processing = 0, ...others } = await counts();
    expect(others).toEqual({});
    expect(queued + processing).toBe(10 + waiting);
    expect(await metrics.getSingleMetricAsString('switchyard_breaker_open')).toContain('"gateway"} 1');
    back();
    await untilComplete(10 + waiting);
    expect(await counts()).toEqual({ complete: 10 + waiting });
    expect(Object.keys(await pipeline.resultFiles())).toHaveLength(10 + waiting);
    expect(await metrics.getSingleMetricAsString('switchyard_breaker_open')).toContain('"gateway"} 0');
  }, 240_000);

  test('does not hold a job that is canceled meanwhile', async () => {
    await run(hour);
    down(reset);
    const [id] = await insertMany(10);
    await untilOpen();
    await pipeline.workflow(id ?? '').cancel();
    await pipeline.untilStatus(id ?? '', 'canceled');
  });

  test('is tried by the jobs of another worker when the one with the probe is gone', async () => {
    await run(hour);
    down(answerStatus(502));
    await insertMany(10);
    await untilProbed(1);
    const { answer, called, release } = answerLater(answerStatus(502));
    pipeline.gateway.answer = answer;
    await called;
    const prober = (await pauses())[0]?.probe_job;
    back();
    // The probe that is under way never ends; the others do.
    await untilComplete(9);
    expect(await readJob(pipeline.pool, prober ?? '')).toMatchObject({ status: 'processing' });
    release();
    await untilComplete(10);
  });
});

describe('a job’s own fault', () => {
  test('4xx of many jobs opens nothing', async () => {
    await run(hour);
    pipeline.gateway.answer = answerStatus(415);
    await insertMany(20);
    await until(async () => (await counts())['failed'] === 20);
    expect(await pauses()).toEqual([]);
  });

  /** A gateway that dies of one job, takes the calls of the others along, and is started again. */
  function crashesBy(poison: string): Answer {
    const underWay = new Set<Parameters<Answer>[1]>();
    return async (request, response) => {
      underWay.add(response);
      response.once('close', () => underWay.delete(response));
      await drain(request);
      if (request.headers['x-job-id'] === poison) for (const other of underWay) other.destroy();
      else if (!response.destroyed) await answerXml('<invoice/>')(request, response);
    };
  }

  test('a PDF that crashes the gateway each time, alone, ends as its own failure', async () => {
    await run(hour);
    const id = await insertJob(pipeline.pool);
    pipeline.gateway.answer = crashesBy(id);
    expect(await pipeline.untilStatus(id, 'failed')).toMatchObject({
      error_code: 'GW_5XX',
      error_message: `the gateway at ${pipeline.gateway.url} could not be reached (ECONNRESET) (given up after 6 tries)`,
    });
    expect(pipeline.gateway.calls).toHaveLength(6);
    expect(await pauses()).toEqual([]);
  });

  test('the same among others: they complete, and nothing opens', async () => {
    await run(hour, { GATEWAY_BREAKER_WINDOW: '30000' });
    const poison = await insertJob(pipeline.pool);
    pipeline.gateway.answer = crashesBy(poison);
    await insertMany(40);
    await pipeline.untilStatus(poison, 'failed');
    await untilComplete(40);
    expect(await counts()).toEqual({ failed: 1, complete: 40 });
    expect(await pauses()).toEqual([]);
  });

  test('that looks like an outage, of many at once, keeps the others out for a few probes only', async () => {
    await run(hour);
    const poison = new Set(await insertMany(12));
    pipeline.gateway.answer = (request, response) =>
      answerStatus(
        poison.has(String(request.headers['x-job-id'])) ? 500 : 200,
        {},
        '<invoice/>',
      )(request, response);
    await untilOpen();
    await insertMany(5);
    await untilComplete(5);
  });
});

describe('how long a job waits', () => {
  test('is a setting of its queue: past it the job ends as GW_5XX, and says how long it was', async () => {
    await run(2_000);
    down(reset);
    await insertMany(8);
    await until(async () => (await counts())['failed'] === 8);
    const { rows } = await pipeline.pool.query('SELECT DISTINCT error_code FROM jobs');
    expect(rows).toEqual([{ error_code: 'GW_5XX' }]);
    const { rows: messages } = await pipeline.pool.query<{ error_message: string }>('SELECT * FROM jobs');
    for (const { error_message } of messages)
      expect(error_message).toMatch(/given up after waiting \d+ s\)$/);
  });

  test('holds for a lone job, which asks whether the gateway is alive, and completes when it is', async () => {
    await run(hour, { GATEWAY_MAX_ATTEMPTS: '3' });
    down(reset);
    const id = await insertJob(pipeline.pool);
    await untilWaits();
    expect(pipeline.gateway.calls).toEqual([id, id]);
    expect(await pauses()).toEqual([]);
    back();
    await pipeline.untilStatus(id, 'complete');
    expect(pipeline.gateway.calls).toEqual([id, id, id]);
  });

  test('holds where nothing listens at all', async () => {
    await run(hour, { GATEWAY_MAX_ATTEMPTS: '2' });
    const { url, close } = pipeline.gateway;
    await close();
    const id = await insertJob(pipeline.pool);
    await untilWaits();
    const again = await startTestGateway(undefined, Number(new URL(url).port));
    await pipeline.untilStatus(id, 'complete');
    pipeline.gateway.close = again.close;
  });

  test('is not at all where it is 0: jobs fail when their tries are used up, whatever the breaker says', async () => {
    await run(0, { GATEWAY_MAX_ATTEMPTS: '2' });
    down(answerStatus(502));
    await pipeline.pool.query(
      `INSERT INTO switchyard.pauses (scope, system, reason, automatic, probe_at)
       VALUES ('system', 'gateway', 'another queue saw it', true, now() + interval '1 hour')`,
    );
    await insertMany(8);
    await until(async () => (await counts())['failed'] === 8);
    expect(pipeline.gateway.calls).toHaveLength(16);
    expect(await pauses()).toHaveLength(1);
  });
});

test.each([0, hour])(
  'a pause by hand holds running jobs and uses up no try (waits %i ms)',
  async (maxWaitMs) => {
    await run(maxWaitMs, { GATEWAY_MAX_ATTEMPTS: '2' });
    const held = answerLater(answerStatus(502));
    pipeline.gateway.answer = held.answer;
    const id = await insertJob(pipeline.pool);
    await held.called;
    await pipeline.pool.query(`SELECT switchyard.pause_system('gateway', 'a new version')`);
    held.release();
    const waits = /the gateway is paused: a new version/;
    await until(async () => pipeline.lines.filter(({ msg }) => waits.test(String(msg))).length >= 3);
    expect(pipeline.gateway.calls).toEqual([id]);
    back();
    await pipeline.pool.query(`SELECT switchyard.resume_system('gateway')`);
    await pipeline.untilStatus(id, 'complete');
    expect(pipeline.gateway.calls).toEqual([id, id]);
  },
);
