import { describe, expect, test } from 'vitest';
import { type Act, type PlannedJob, planActs } from '../../chaos/acts.ts';
import { chooseLoads, loadNames } from '../../chaos/loads/index.ts';
import { Random } from '../../chaos/random.ts';
import { refusers } from '../../chaos/refusals.ts';

const plan = (jobs: number, names: readonly string[] = loadNames, seed = 1) =>
  planActs({ random: new Random(seed), seconds: 60, jobs, loads: chooseLoads(names) });

const jobsOf = (act: Act): PlannedJob[] => {
  if (act.kind === 'upload') return [act.job];
  return act.kind === 'insert' ? act.jobs : [];
};

describe('the plan of what users do', () => {
  test.each([1, 2, 40, 500])('makes exactly %i jobs', (jobs) => {
    expect(plan(jobs).flatMap(jobsOf)).toHaveLength(jobs);
  });

  test('is the same for the same seed, and another for another', () => {
    expect(plan(100)).toEqual(plan(100));
    expect(plan(100)).not.toEqual(plan(100, loadNames, 2));
  });

  test('makes jobs of every queue, and of every kind', () => {
    const kinds = new Set(
      plan(2_000)
        .flatMap(jobsOf)
        .map(({ queue, variant }) => `${queue} ${variant}`),
    );
    const all = chooseLoads(loadNames).flatMap(({ queue, variants }) =>
      Object.keys(variants).map((variant) => `${queue.name} ${variant}`),
    );
    expect([...kinds].sort()).toEqual(all.sort());
  });

  test('makes a build before each deployment, in the same transaction', () => {
    const transactions = plan(200, ['deployments'])
      .map(jobsOf)
      .filter((jobs) => jobs.length > 0);
    expect(transactions.flat().some(({ queue }) => queue === 'deployments')).toBe(true);
    for (const jobs of transactions)
      for (const [i, { queue }] of jobs.entries())
        if (queue === 'deployments') expect(jobs[i - 1]?.queue).toBe('builds');
  });

  test('has rows refused in every way, besides the jobs, of queues that no other job waits for', () => {
    for (const jobs of [1, 40, 500]) {
      const refused = plan(jobs).flatMap((act) => (act.kind === 'insert refused' ? [act] : []));
      expect(new Set(refused.map(({ refuser }) => refuser))).toEqual(new Set(refusers));
      for (const { job } of refused) expect(['builds', 'deployments']).not.toContain(job.queue);
    }
    expect(plan(40, ['deployments']).some(({ kind }) => kind === 'insert refused')).toBe(false);
  });

  test('uploads nothing of a queue that the API takes no files of', () => {
    expect(plan(100, ['uploads', 'agent-runs']).some(({ kind }) => kind === 'upload')).toBe(false);
  });
});

test('a queue that no load is for is refused by name', () => {
  expect(() => chooseLoads(['invoice'])).toThrow(/"invoice"; there are invoices, uploads/);
});
