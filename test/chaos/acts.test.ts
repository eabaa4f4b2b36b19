import { expect, test } from 'vitest';
import { planActs } from '../../chaos/acts.ts';
import { Random } from '../../chaos/random.ts';

test.each([1, 40, 500])('users make exactly %i jobs', (jobs) => {
  const acts = planActs({ random: new Random(1), seconds: 60, jobs, terminate: false });
  const made = acts.map((act) => {
    if (act.kind === 'upload') return 1;
    return act.kind === 'insert' ? act.pdfs.length : 0;
  });
  expect(made.reduce((sum, some) => sum + some, 0)).toBe(jobs);
});

test('workflows are terminated only when asked for', () => {
  const kinds = (terminate: boolean) =>
    planActs({ random: new Random(1), seconds: 60, jobs: 500, terminate }).map(({ kind }) => kind);
  expect(kinds(false)).not.toContain('terminate');
  expect(kinds(true)).toContain('terminate');
});
