import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../src/platform/default-settings.ts';
import { metrics } from '../../src/platform/metrics.ts';
import { ClaimPasses, staleAfterMs } from '../../src/starter/claim-passes.ts';
import { claimPollMs } from '../../src/starter/claim-poll.ts';
import { recordingLogger } from '../support/logger.ts';
import { emptyPass } from '../support/passes.ts';
import { until } from '../support/until.ts';

const { log, lines } = recordingLogger();
const signal = new AbortController().signal;
const starter = (...claimed: (number | Error)[]) => ({
  runOnce: async () => {
    const next = claimed.shift() ?? 0;
    if (next instanceof Error) throw next;
    return { ...emptyPass, started: next };
  },
});
const isWell = (passes: ClaimPasses, staleMs: number) =>
  passes
    .check(staleMs)
    .check()
    .then(
      () => true,
      () => false,
    );
const longMs = 3_600_000;
const settingsOf = (given: object) => withDefaults({ databaseUrl: '', ...given });

describe('each pass of a claim loop', () => {
  test('is a debug line with its number, what it claimed and how long it took, and counts in the metrics', async () => {
    const passes = new ClaimPasses('of-pass-test', log);
    const working = starter(3, 0, new Error('connection refused'));
    for (let i = 0; i < 3; i++) await passes.make(working, signal);
    const said = lines.filter((line) => line['msg'] === 'claim pass');
    expect(said).toMatchObject([
      { level: 20, queue: 'of-pass-test', pass: 1, claimed: 3, tookMs: expect.any(Number) },
      { pass: 2, claimed: 0 },
      { pass: 3 },
    ]);
    expect(said[2]).not.toHaveProperty('claimed');
    const text = await metrics.metrics();
    expect(text).toContain('switchyard_claim_pass_seconds_count{queue="of-pass-test",outcome="made"} 2');
    expect(text).toContain('switchyard_claim_pass_seconds_count{queue="of-pass-test",outcome="failed"} 1');
    expect(text).toContain('switchyard_claimed_jobs_total{queue="of-pass-test"} 3');
  });
});

describe('a claim loop is well', () => {
  test('once it has made a pass, and no longer when none has followed for the set time', async () => {
    const passes = new ClaimPasses('letters', log);
    expect(await isWell(passes, longMs)).toBe(false);
    await passes.make(starter(), signal);
    expect(await isWell(passes, longMs)).toBe(true);
    void passes.make({ runOnce: () => new Promise(() => undefined) }, signal); // stuck
    await until(async () => !(await isWell(passes, 20)));
    expect(await isWell(passes, longMs)).toBe(true);
  });

  test('only by passes that reached Postgres', async () => {
    const passes = new ClaimPasses('letters', log);
    await passes.make(starter(new Error('connection refused')), signal);
    expect(await isWell(passes, longMs)).toBe(false);
  });

  test.each([
    [{}, 75_000],
    [{ claimStaleMs: 20_000 }, 20_000],
    [{ claimStaleMs: 1_000, pollIntervalMs: 5_000 }, 10_000],
  ])('for as long as %j says, and two poll intervals at least', (given, ms) => {
    expect(staleAfterMs(settingsOf(given))).toBe(ms);
  });
});

describe('an idle starter looks at the queues that all starters serve', () => {
  test.each([
    ['every half minute', {}, 30_000],
    ['as often as at others, when nobody rings', { doorbell: 'off' as const }, 5_000],
    ['never more often than at others', { pollIntervalMs: 60_000 }, 60_000],
    ['often enough to count as well', { claimStaleMs: 20_000 }, 10_000],
  ])('%s', (_, given, ms) => {
    const settings = settingsOf(given);
    expect(claimPollMs({ always: true }, settings, settings.doorbell === 'on')).toBe(ms);
    expect(claimPollMs({}, settings, true)).toBe(settings.pollIntervalMs);
  });
});
