import { expect, test } from 'vitest';
import { jobIdOf, workflowIdOf } from '../../src/queues/definition.ts';

const id = '0b5c7a52-7d0e-4b6c-9d54-5a3f2c1e0d9b';

test.each([
  ['uuid', id, id],
  ['bigint', '17', 'orders:17'],
  ['text', 'a:b', 'orders:a:b'],
] as const)('a job of a %s queue is found by its workflow id', (idType, jobId, workflowId) => {
  const queue = { name: 'orders', idType };
  expect(workflowIdOf(queue, jobId)).toBe(workflowId);
  expect(jobIdOf(queue, workflowId)).toBe(jobId);
});

test.each([
  ['uuid', 'order-17'],
  ['uuid', `${id}0`],
  ['bigint', 'others:17'],
  ['bigint', 'orders:seventeen'],
  ['bigint', 'orders:017'],
  ['integer', 'orders:99999999999'],
] as const)('to a %s queue the workflow %s is somebody else’s', (idType, workflowId) => {
  expect(jobIdOf({ name: 'orders', idType }, workflowId)).toBeUndefined();
});
