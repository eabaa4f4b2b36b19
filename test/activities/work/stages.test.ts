import { expect, test } from 'vitest';
import { Stages } from '../../../src/activities/work/stages.ts';

test('each stage takes until the next one begins, and the last one until the end', () => {
  let now = 0;
  const stages = new Stages(() => now);
  expect(stages.took()).toBeUndefined();
  stages.begin('fetch');
  now = 30;
  stages.begin('build');
  now = 80.4;
  stages.begin('fetch');
  now = 90;
  expect(stages.took()).toEqual({ fetch: 40, build: 50 });
  now = 500;
  expect(stages.took()).toEqual({ fetch: 40, build: 50 });
});
