import { expect, test } from 'vitest';
import { planActs } from '../../chaos/acts.ts';
import { Random } from '../../chaos/random.ts';

test.each([1, 40, 500])('users make exactly %i jobs', (jobs) => {
  const acts = planActs({ random: new Random(1), seconds: 60, jobs });
  const made = acts.map((act) => {
    if (act.kind === 'upload') return 1;
    return act.kind === 'insert' ? act.pdfs.length : 0;
  });
  expect(made.reduce((sum, some) => sum + some, 0)).toBe(jobs);
});
