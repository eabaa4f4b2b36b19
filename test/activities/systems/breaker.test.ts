import { describe, expect, test } from 'vitest';
import { type Breaker, createBreaker } from '../../../src/activities/systems/breaker.ts';
import type { Pool } from '../../../src/platform/database.ts';
import { eachTestHasLetters } from '../../support/letters/database.ts';

let pool: Pool;
let breaker: Breaker;
eachTestHasLetters(
  (opened) => {
    pool = opened;
    breaker = createBreaker(pool, 'carrier', { jobs: 3, windowMs: 30_000, probeIntervalMs: 10_000 });
  },
  { applicationName: 'worker-1' },
);

const fail = (job: string, { tookMs = 0, probe = false, of = breaker } = {}) =>
  of.failed(job, {
    probe,
    tookMs,
    code: 'CARRIER_AWAY',
    message: 'the carrier could not be reached (ECONNREFUSED)',
  });

/** Lets time go by: all that is known becomes older. */
async function pass(seconds: number): Promise<void> {
  const older = (column: string) => `${column} = ${column} - ${seconds} * interval '1 second'`;
  await pool.query(`UPDATE switchyard.system_failures SET ${older('at')}, ${older('since')}`);
  await pool.query(`UPDATE switchyard.systems SET ${older('last_success_at')}`);
  await pool.query(`UPDATE switchyard.pauses SET ${older('probe_at')}, ${older('resumed_at')}`);
}

/** Three jobs fail, for longer than a moment. */
async function open(): Promise<void> {
  await fail('a');
  await fail('b');
  await pass(5);
  expect(await fail('c')).toBe('opened');
}

const pauses = async () => (await pool.query('SELECT * FROM switchyard.pauses ORDER BY id')).rows;

describe('the breaker opens', () => {
  test('when enough jobs failed for a while, and says who, when and why', async () => {
    await open();
    expect(await pauses()).toMatchObject([
      {
        scope: 'system',
        system: 'carrier',
        automatic: true,
        paused_by: 'worker-1',
        reason: '3 jobs failed within 30 s, at last: the carrier could not be reached (ECONNREFUSED)',
        resumed_at: null,
      },
    ]);
    expect(await breaker.pause()).toMatchObject({ automatic: true });
  });

  test('once, whoever saw it first', async () => {
    await fail('a');
    await fail('b');
    await pass(5);
    const states = await Promise.all(['c', 'd', 'e', 'f'].map((job) => fail(job)));
    expect(states.toSorted()).toEqual(['open', 'open', 'open', 'opened']);
    expect(await pauses()).toHaveLength(1);
  });

  test('at once for calls that got no answer in all their time', async () => {
    expect(await fail('a', { tookMs: 180_000 })).toBe('counted');
    expect(await fail('b', { tookMs: 180_000 })).toBe('counted');
    expect(await fail('c', { tookMs: 180_000 })).toBe('opened');
  });
});

describe('the breaker stays closed', () => {
  test('for one job, however often it fails', async () => {
    for (let i = 0; i < 10; i++) {
      expect(await fail('a')).toBe('counted');
      await pass(2);
    }
  });

  test('while jobs fail in one moment: what crashed is soon back', async () => {
    for (const job of ['a', 'b', 'c', 'd', 'e']) expect(await fail(job)).toBe('counted');
  });

  test('where one succeeded in between', async () => {
    await fail('a');
    await fail('b');
    await breaker.answered({ probe: false });
    await pass(5);
    expect(await fail('c')).toBe('counted');
    await fail('d');
    await pass(5);
    expect(await fail('e')).toBe('opened');
  });

  test('for silence that began before the last success', async () => {
    await breaker.answered({ probe: false });
    for (const job of ['a', 'b', 'c']) expect(await fail(job, { tookMs: 180_000 })).toBe('counted');
  });

  test('when the failures are further apart than the window', async () => {
    await fail('a');
    await fail('b');
    await pass(31);
    expect(await fail('c')).toBe('counted');
  });

  test('for another system', async () => {
    const git = createBreaker(pool, 'git', { jobs: 3, windowMs: 30_000, probeIntervalMs: 10_000 });
    await open();
    expect(await git.pause()).toBeUndefined();
    expect(await fail('a', { of: git })).toBe('counted');
  });

  test('after a hand resumed it, until as many fail again', async () => {
    await open();
    await pool.query(`SELECT switchyard.resume_system('carrier')`);
    expect(await fail('a')).toBe('counted');
    await pass(5);
    expect(await fail('b')).toBe('counted');
    expect(await fail('c')).toBe('opened');
  });
});

describe('while it is open', () => {
  const takers = async (jobs: string[]) => {
    const taken = await Promise.all(jobs.map(async (job) => (await breaker.takeProbe(job)) && job));
    return taken.filter((job) => job !== false);
  };

  test('nobody probes before the interval is over, and then one', async () => {
    await open();
    expect(await takers(['a', 'b'])).toEqual([]);
    await pass(10);
    expect(await takers(['a', 'b', 'c', 'd'])).toHaveLength(1);
  });

  test('a probe that failed puts the next one off by an interval, and leaves it to another job', async () => {
    await open();
    await pass(10);
    await breaker.takeProbe('a');
    expect(await fail('c')).toBe('open');
    expect(await fail('a', { probe: true })).toBe('open');
    expect(await takers(['b'])).toEqual([]);
    await pass(10);
    expect(await takers(['a'])).toEqual([]);
    expect(await takers(['b'])).toEqual(['b']);
    expect(await pauses()).toMatchObject([{ probes: 1, probe_job: 'b' }]);
  });

  test('the last prober may try again when nobody else does', async () => {
    await open();
    await pass(10);
    await breaker.takeProbe('a');
    await fail('a', { probe: true });
    await pass(15);
    expect(await takers(['a'])).toEqual(['a']);
  });

  test('a probe whose worker died is taken by another after three intervals', async () => {
    await open();
    await pass(10);
    await breaker.takeProbe('a');
    await pass(29);
    expect(await takers(['b'])).toEqual([]);
    await pass(1);
    expect(await takers(['b'])).toEqual(['b']);
  });

  test('a probe that hung for so long that another took its place counts, but puts that one off no more', async () => {
    await open();
    await pass(10);
    await breaker.takeProbe('a');
    await pass(30);
    await breaker.takeProbe('b');
    await fail('b', { probe: true });
    const [before] = await pauses();
    await fail('a', { probe: true });
    expect(await pauses()).toMatchObject([{ probes: 2, probe_at: before?.probe_at }]);
  });

  test('a probe that broke off is free at once', async () => {
    await open();
    await pass(10);
    await breaker.takeProbe('a');
    await breaker.giveBackProbe('b');
    expect(await takers(['c'])).toEqual([]);
    await breaker.giveBackProbe('a');
    expect(await takers(['c'])).toEqual(['c']);
  });

  test('only the answer of the probe closes it', async () => {
    await open();
    await pass(10);
    await breaker.takeProbe('a');
    expect(await breaker.answered({ probe: false })).toBe(false);
    expect(await breaker.pause()).toMatchObject({ automatic: true });
    expect(await breaker.answered({ probe: true })).toBe(true);
    expect(await breaker.pause()).toBeUndefined();
    expect(await pauses()).toMatchObject([{ resumed_by: 'worker-1' }]);
  });

  test('a pause by hand takes it over: nobody probes, and no answer ends it', async () => {
    await open();
    await pass(10);
    await breaker.takeProbe('a');
    await pool.query(`SELECT switchyard.pause_system('carrier', 'a new version')`);
    expect(await breaker.answered({ probe: true })).toBe(false);
    await pass(60);
    expect(await takers(['b'])).toEqual([]);
    expect(await breaker.pause()).toEqual({ automatic: false, reason: 'a new version' });
  });
});

test('failures are forgotten after an hour', async () => {
  await fail('a');
  await fail('b');
  await pass(3_700);
  await fail('c');
  const { rows } = await pool.query('SELECT job_id FROM switchyard.system_failures');
  expect(rows).toEqual([{ job_id: 'c' }]);
});
