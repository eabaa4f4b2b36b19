import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runStarterLoop } from '../../../src/starter/loop.ts';
import { createTestDatabase } from '../../../test/support/database.ts';
import { type Answer, answerStatus, answerXml, drain } from '../../../test/support/gateway.ts';
import { insertJob } from '../../../test/support/jobs.ts';
import { silentLogger } from '../../../test/support/logger.ts';
import { createPipeline, type Pipeline } from '../../../test/support/pipeline.ts';
import { until } from '../../../test/support/until.ts';

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

async function run(): Promise<void> {
  pipeline = await createPipeline({ databaseUrl: database.url, maxWaitMs: hour });
  await pipeline.startWorker({ ...quick, GATEWAY_TIMEOUT: '1500' });
  const options = { doorbell: undefined, pollIntervalMs: 50, log: silentLogger, signal: starting.signal };
  started = runStarterLoop({ starter: pipeline.starter(), ...options });
}

const hour = 3_600_000;
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
  automatic: boolean;
  probes: number;
  resumed_at: Date | null;
}
const pauses = async () =>
  (await pipeline.pool.query<Pause>('SELECT * FROM switchyard.pauses ORDER BY id')).rows;
const untilOpen = () => until(async () => (await pauses()).find(({ resumed_at }) => resumed_at === null));
const untilProbed = (times: number) => until(async () => ((await pauses())[0]?.probes ?? 0) >= times);

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
    await run();
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
});
