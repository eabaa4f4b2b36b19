import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { metrics } from '../../src/platform/metrics.ts';
import { runStarterLoop } from '../../src/starter/loop.ts';
import {
  type Answer,
  answerLater,
  answerStatus,
  answerXml,
  drain,
  startTestGateway,
} from '../support/gateway.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { type Office, openOffice } from '../support/letters/office.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';
import type { WorkerOptions } from '../support/letters/worker.ts';
import { silentLogger } from '../support/logger.ts';
import { until } from '../support/until.ts';

/** Intervals a hundredth of the real ones, except the tries: they go so fast that they would be used up in an instant. */
const quick = {
  breakerWindowMs: 1000,
  probeIntervalMs: 100,
  retryInitialMs: 20,
  retryMaxMs: 100,
};

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let office: Office;
let starting: AbortController;
let started: Promise<void>;
beforeEach(async () => {
  database = await createLettersDatabase();
  starting = new AbortController();
  started = Promise.resolve();
});
afterEach(async () => {
  starting.abort();
  await started;
  await office.close();
  await database.drop();
});

async function run(maxWaitMs: number, options: Partial<WorkerOptions> = {}): Promise<void> {
  office = await openOffice({ databaseUrl: database.url, maxWaitMs });
  await office.startWorker({ ...quick, ...options });
  const loop = { doorbell: undefined, pollIntervalMs: 50, log: silentLogger, signal: starting.signal };
  started = runStarterLoop({ starter: office.starter(), ...loop });
}

const hour = 3_600_000;
/** 1 000 take two minutes: OUTAGE_JOBS=1000. */
const waiting = Number(process.env['OUTAGE_JOBS'] ?? 100);
const insertMany = (count: number) =>
  Promise.all(Array.from({ length: count }, () => insertLetter(office.pool)));

async function counts(): Promise<Record<string, number>> {
  const { rows } = await office.pool.query<{ status: string; jobs: number }>(
    'SELECT status::text, count(*)::integer AS jobs FROM letters GROUP BY status',
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
  (await office.pool.query<Pause>('SELECT * FROM switchyard.pauses ORDER BY id')).rows;
const untilOpen = () => until(async () => (await pauses()).find(({ resumed_at }) => resumed_at === null));
const untilProbed = (times: number) => until(async () => ((await pauses())[0]?.probes ?? 0) >= times);
const untilWaits = () =>
  until(async () => office.lines.some(({ retryInMs }) => typeof retryInMs === 'number'));

const hang: Answer = async (request) => void (await drain(request));
const reset: Answer = (request) => void request.socket.destroy();
const down = (answer: Answer) => Object.assign(office.carrier, { answer, health: answer });
const back = () =>
  Object.assign(office.carrier, { answer: answerXml('<receipt/>'), health: answerStatus(200) });

describe('a carrier that is out of order', () => {
  test.each([
    ['refuses', reset],
    ['hangs', hang],
    ['answers 500', answerStatus(500)],
  ])('(%s) fails no job, is tried one at a time, and all goes on when it is back', async (_, broken) => {
    await run(hour, { timeoutMs: 1500 });
    await office.pool.query(`INSERT INTO switchyard.limits (queue, in_flight) VALUES ('letters', 10)`);
    down(broken);
    await insertMany(30);
    await untilOpen();
    const before = office.carrier.calls.length;
    await untilProbed(5);
    const [pause] = await pauses();
    // Those that were under way when it opened, and the probe of this moment.
    expect(office.carrier.calls.length - before).toBeLessThanOrEqual(10 + (pause?.probes ?? 0) + 3);
    expect(await counts()).not.toHaveProperty('failed');
    expect((await counts())['queued']).toBeGreaterThan(0);
    back();
    await untilComplete(30);
    expect(await counts()).toEqual({ complete: 30 });
    expect(await pauses()).toMatchObject([{ automatic: true, resumed_by: 'test worker worker-1' }]);
    const { rows } = await office.pool.query('SELECT DISTINCT attempt FROM letters');
    expect(rows).toEqual([{ attempt: 1 }]);
  });

  test('is found by two workers, and one of them opens its breaker', async () => {
    await run(hour);
    await office.startWorker(quick);
    down(answerStatus(502));
    await insertMany(30);
    await untilProbed(5);
    back();
    await untilComplete(30);
    expect(await counts()).toEqual({ complete: 30 });
    const said = (text: RegExp) => office.lines.filter(({ msg }) => text.test(String(msg)));
    expect(said(/is out of order; jobs wait/)).toHaveLength(1);
    expect(said(/its breaker is closed/)).toHaveLength(1);
  });

  // An hour with its intervals a hundredth; what Temporal adds to each wait, a second at most, it does not shrink.
  test(`while 10 jobs run and ${waiting} wait: none fails, none is lost, and it is not called more than once a probe`, async () => {
    await run(hour);
    const held = answerLater(reset);
    office.carrier.answer = held.answer;
    await insertMany(10);
    await until(async () => office.carrier.calls.length === 10);
    await insertMany(waiting);
    down(reset);
    held.release();
    await untilOpen();
    const before = office.carrier.calls.length;
    await untilProbed(10);
    expect(office.carrier.calls.length - before).toBeLessThanOrEqual(10 + 10 + 3);
    const { queued = 0, processing = 0, ...others } = await counts();
    expect(others).toEqual({});
    expect(queued + processing).toBe(10 + waiting);
    expect(await metrics.getSingleMetricAsString('switchyard_breaker_open')).toContain('"carrier"} 1');
    back();
    await untilComplete(10 + waiting);
    expect(await counts()).toEqual({ complete: 10 + waiting });
    expect(Object.keys(await office.resultFiles())).toHaveLength(10 + waiting);
    expect(await metrics.getSingleMetricAsString('switchyard_breaker_open')).toContain('"carrier"} 0');
  }, 240_000);

  test('does not hold a job that is canceled meanwhile', async () => {
    await run(hour);
    down(reset);
    const [id] = await insertMany(10);
    await untilOpen();
    await office.workflow(id ?? '').cancel();
    await office.untilStatus(id ?? '', 'canceled');
  });

  test('is tried by the jobs of another worker when the one with the probe is gone', async () => {
    await run(hour);
    down(answerStatus(502));
    await insertMany(10);
    await untilProbed(1);
    const { answer, called, release } = answerLater(answerStatus(502));
    office.carrier.answer = answer;
    await called;
    const prober = (await pauses())[0]?.probe_job;
    back();
    // The probe that is under way never ends; the others do.
    await untilComplete(9);
    expect(await readLetter(office.pool, prober ?? '')).toMatchObject({ status: 'processing' });
    release();
    await untilComplete(10);
  });
});

describe('a job’s own fault', () => {
  test('4xx of many jobs opens nothing', async () => {
    await run(hour);
    office.carrier.answer = answerStatus(415);
    await insertMany(20);
    await until(async () => (await counts())['failed'] === 20);
    expect(await pauses()).toEqual([]);
  });

  /** A carrier that dies of one job, takes the calls of the others along, and is started again. */
  function crashesBy(poison: string): Answer {
    const underWay = new Set<Parameters<Answer>[1]>();
    return async (request, response) => {
      underWay.add(response);
      response.once('close', () => underWay.delete(response));
      await drain(request);
      if (request.headers['x-job-id'] === poison) for (const other of underWay) other.destroy();
      else if (!response.destroyed) await answerXml('<receipt/>')(request, response);
    };
  }

  test('a letter that crashes the carrier each time, alone, ends as its own failure', async () => {
    await run(hour);
    const id = await insertLetter(office.pool);
    office.carrier.answer = crashesBy(id);
    expect(await office.untilStatus(id, 'failed')).toMatchObject({
      error_code: 'CARRIER_AWAY',
      error_message: `the carrier at ${office.carrier.url} could not be reached (ECONNRESET) (given up after 6 tries)`,
    });
    expect(office.carrier.calls).toHaveLength(6);
    expect(await pauses()).toEqual([]);
  });

  test('the same among others: they complete, and nothing opens', async () => {
    await run(hour, { breakerWindowMs: 30000 });
    const poison = await insertLetter(office.pool);
    office.carrier.answer = crashesBy(poison);
    await insertMany(40);
    await office.untilStatus(poison, 'failed');
    await untilComplete(40);
    expect(await counts()).toEqual({ failed: 1, complete: 40 });
    expect(await pauses()).toEqual([]);
  });

  test('that looks like an outage, of many at once, keeps the others out for a few probes only', async () => {
    await run(hour);
    const poison = new Set(await insertMany(12));
    office.carrier.answer = (request, response) =>
      answerStatus(
        poison.has(String(request.headers['x-job-id'])) ? 500 : 200,
        {},
        '<receipt/>',
      )(request, response);
    await untilOpen();
    await insertMany(5);
    await untilComplete(5);
  });
});

describe('how long a job waits', () => {
  test('is a setting of its queue: past it the job ends as CARRIER_AWAY, and says how long it was', async () => {
    await run(2_000);
    down(reset);
    await insertMany(8);
    await until(async () => (await counts())['failed'] === 8);
    const { rows } = await office.pool.query('SELECT DISTINCT error_code FROM letters');
    expect(rows).toEqual([{ error_code: 'CARRIER_AWAY' }]);
    const { rows: messages } = await office.pool.query<{ error_message: string }>('SELECT * FROM letters');
    for (const { error_message } of messages)
      expect(error_message).toMatch(/given up after waiting \d+ s\)$/);
  });

  test('holds for a lone job, which asks whether the carrier is alive, and completes when it is', async () => {
    await run(hour, { tries: 3 });
    down(reset);
    const id = await insertLetter(office.pool);
    await untilWaits();
    expect(office.carrier.calls).toEqual([id, id]);
    expect(await pauses()).toEqual([]);
    back();
    await office.untilStatus(id, 'complete');
    expect(office.carrier.calls).toEqual([id, id, id]);
  });

  test('holds where nothing listens at all', async () => {
    await run(hour, { tries: 2 });
    const { url, close } = office.carrier;
    await close();
    const id = await insertLetter(office.pool);
    await untilWaits();
    const again = await startTestGateway(undefined, Number(new URL(url).port));
    await office.untilStatus(id, 'complete');
    office.carrier.close = again.close;
  });

  test('is not at all where it is 0: jobs fail when their tries are used up, whatever the breaker says', async () => {
    await run(0, { tries: 2 });
    down(answerStatus(502));
    await office.pool.query(
      `INSERT INTO switchyard.pauses (scope, system, reason, automatic, probe_at)
       VALUES ('system', 'carrier', 'another queue saw it', true, now() + interval '1 hour')`,
    );
    await insertMany(8);
    await until(async () => (await counts())['failed'] === 8);
    expect(office.carrier.calls).toHaveLength(16);
    expect(await pauses()).toHaveLength(1);
  });
});

test.each([0, hour])(
  'a pause by hand holds running jobs and uses up no try (waits %i ms)',
  async (maxWaitMs) => {
    await run(maxWaitMs, { tries: 2 });
    const held = answerLater(answerStatus(502));
    office.carrier.answer = held.answer;
    const id = await insertLetter(office.pool);
    await held.called;
    await office.pool.query(`SELECT switchyard.pause_system('carrier', 'a new version')`);
    held.release();
    const waits = /the carrier is paused: a new version/;
    await until(async () => office.lines.filter(({ msg }) => waits.test(String(msg))).length >= 3);
    expect(office.carrier.calls).toEqual([id]);
    back();
    await office.pool.query(`SELECT switchyard.resume_system('carrier')`);
    await office.untilStatus(id, 'complete');
    expect(office.carrier.calls).toEqual([id, id]);
  },
);
