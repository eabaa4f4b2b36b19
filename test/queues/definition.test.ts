import { expect, test } from 'vitest';
import { jobIdOf, readId, workflowIdOf } from '../../src/queues/definition.ts';

const id = '0b5c7a52-7d0e-4b6c-9d54-5a3f2c1e0d9b';

test.each([
  ['uuid', id, id],
  ['bigint', '17', 'orders:17'],
  ['bigint', '-9223372036854775808', 'orders:-9223372036854775808'],
  ['bigint', '9223372036854775807', 'orders:9223372036854775807'],
  ['integer', '-2147483648', 'orders:-2147483648'],
  ['integer', '2147483647', 'orders:2147483647'],
  ['text', 'a:b', 'orders:a:b'],
  ['text', `l\n'"%/${'é'.repeat(300)}`, `orders:l\n'"%/${'é'.repeat(300)}`],
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
  ['bigint', 'orders:-0'],
  ['bigint', 'orders:9223372036854775808'],
  ['integer', 'orders:2147483648'],
  ['uuid', id.toUpperCase()],
] as const)('to a %s queue the workflow %s is somebody else’s', (idType, workflowId) => {
  expect(jobIdOf({ name: 'orders', idType }, workflowId)).toBeUndefined();
});

test.each([
  ['uuid', id.toUpperCase(), id],
  ['bigint', '007', '7'],
  ['bigint', '-9223372036854775808', '-9223372036854775808'],
  ['bigint', '9223372036854775808', undefined],
  ['integer', '1e3', undefined],
  ['text', ' 7 ', ' 7 '],
  ['text', 'a\0b', undefined],
] as const)('as an id of type %s, %j is read as %j', (idType, text, read) => {
  expect(readId(idType, text)).toBe(read);
});
