import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../server/settings.ts';
import { metrics } from '../../src/platform/metrics.ts';
import { Rounds, staleAfterMs } from '../../src/starter/claim-passes.ts';
import { claimPollMs } from '../../src/starter/run.ts';
import { until } from '../support/jobs.ts';
import { recordingLogger } from '../support/logger.ts';
import { emptyPass } from '../support/passes.ts';

const { log, lines } = recordingLogger();
const signal = new AbortController().signal;
const starter = (...claimed: (number | Error)[]) => ({
  runOnce: async () => {
    const next = claimed.shift() ?? 0;
    if (next instanceof Error) throw next;
    return { ...emptyPass, started: next };
  },
});
const isWell = (rounds: Rounds, staleMs: number) =>
  rounds
    .check(staleMs)
    .check()
    .then(
      () => true,
      () => false,
    );
const longMs = 3_600_000;

describe('each round of a claim loop', () => {
  test('is a debug line with its number, what it claimed and how long it took, and counts in the metrics', async () => {
    const rounds = new Rounds('of-round-test', log);
    const working = starter(3, 0, new Error('connection refused'));
    for (let i = 0; i < 3; i++) await rounds.make(working, signal);
    const said = lines.filter((line) => line['msg'] === 'claim round');
    expect(said).toMatchObject([
      { level: 20, queue: 'of-round-test', round: 1, claimed: 3, tookMs: expect.any(Number) },
      { round: 2, claimed: 0 },
      { round: 3 },
    ]);
    expect(said[2]).not.toHaveProperty('claimed');
    const text = await metrics.metrics();
    expect(text).toContain('switchyard_claim_round_seconds_count{queue="of-round-test",outcome="made"} 2');
    expect(text).toContain('switchyard_claim_round_seconds_count{queue="of-round-test",outcome="failed"} 1');
    expect(text).toContain('switchyard_claimed_jobs_total{queue="of-round-test"} 3');
  });
});

describe('a claim loop is well', () => {
  test('once it has made a round, and no longer when none has followed for the set time', async () => {
    const rounds = new Rounds('invoices', log);
    expect(await isWell(rounds, longMs)).toBe(false);
    await rounds.make(starter(), signal);
    expect(await isWell(rounds, longMs)).toBe(true);
    void rounds.make({ runOnce: () => new Promise(() => undefined) }, signal); // stuck
    await until(async () => !(await isWell(rounds, 20)));
    expect(await isWell(rounds, longMs)).toBe(true);
  });

  test('only by rounds that reached Postgres', async () => {
    const rounds = new Rounds('invoices', log);
    await rounds.make(starter(new Error('connection refused')), signal);
    expect(await isWell(rounds, longMs)).toBe(false);
  });

  test.each([
    [{}, 75_000],
    [{ CLAIM_STALE_AFTER: '20000' }, 20_000],
    [{ CLAIM_STALE_AFTER: '1000', POLL_INTERVAL: '5000' }, 10_000],
  ])('for as long as %j says, and two poll intervals at least', (env, ms) => {
    expect(staleAfterMs(loadSettings(env))).toBe(ms);
  });
});

describe('an idle starter looks at the queues that all starters serve', () => {
  test.each([
    ['every half minute', {}, 30_000],
    ['as often as at others, when nobody rings', { DOORBELL: 'off' }, 5_000],
    ['never more often than at others', { POLL_INTERVAL: '60000' }, 60_000],
    ['often enough to count as well', { CLAIM_STALE_AFTER: '20000' }, 10_000],
  ])('%s', (_, env, ms) => {
    const settings = loadSettings(env);
    expect(claimPollMs({ always: true }, settings, settings.doorbell === 'on')).toBe(ms);
    expect(claimPollMs({}, settings, true)).toBe(settings.pollIntervalMs);
  });
});
