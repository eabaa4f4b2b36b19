import { defineSignal } from '@temporalio/workflow';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { type Db, defineQueue, enqueue, enqueueMany, getJob, signal } from '../../../src/index.ts';

// The compiler is what tests here: `tsc` refuses this file when a type changes. Nothing is called.

interface Order {
  id: string;
  lines: number;
}
declare function processOrder(order: Order): Promise<{ total: number }>;
declare function sum(a: number, b: string): Promise<number>;
declare function sweep(): Promise<void>;
declare function greet(name?: string): Promise<string>;

const options = { workflow: 'w', taskQueue: 't' };
const orders = defineQueue<typeof processOrder>('orders', options);
const sums = defineQueue<typeof sum>('sums', { ...options, inputIsArgs: true });
const approve = defineSignal<[by: string, level?: number]>('approve');
const db = {} as Db;

/** Compiles its argument and does not call it. */
const compiles = (_: () => unknown) => undefined;

describe('the workflow gives the types', () => {
  test('of an input', () => {
    compiles(() => enqueue(db, orders, { id: '7', lines: 1 }, { key: 'acme' }));
    // @ts-expect-error -- the input is missing
    compiles(() => enqueue(db, orders));
    // @ts-expect-error -- of another type
    compiles(() => enqueue(db, orders, { id: 7, lines: 1 }));
    // @ts-expect-error -- a field too many
    compiles(() => enqueue(db, orders, { id: '7', lines: 1, sum: 3 }));
    // @ts-expect-error -- there is no such option
    compiles(() => enqueue(db, orders, { id: '7', lines: 1 }, { delay: 1 }));
    compiles(() => enqueueMany(db, orders, [{ input: { id: '7', lines: 1 }, priority: 1 }]));
    // @ts-expect-error -- an input is missing
    compiles(() => enqueueMany(db, orders, [{ priority: 1 }]));
  });

  test('of all arguments', () => {
    compiles(() => enqueue(db, sums, [1, 'b']));
    // @ts-expect-error -- an argument is missing
    compiles(() => enqueue(db, sums, [1]));
    const one = defineQueue<typeof sum>('sums', options);
    // @ts-expect-error -- the workflow takes two
    compiles(() => enqueue(db, one, 1));
  });

  test('of no input', () => {
    compiles(() => enqueue(db, defineQueue<typeof sweep>('sweeps', options), undefined, { key: 'k' }));
    compiles(() => enqueue(db, defineQueue<typeof greet>('greetings', options)));
    // @ts-expect-error -- it takes none
    compiles(() => enqueue(db, defineQueue<typeof sweep>('sweeps', options), 7));
  });

  test('of a job', () => {
    type Job = NonNullable<Awaited<ReturnType<typeof readOrder>>>;
    const readOrder = () => getJob(db, orders, 7n);
    expectTypeOf<Job['result']>().toEqualTypeOf<{ total: number } | null>();
    expectTypeOf<Job['input']>().toEqualTypeOf<Order | null>();
    expectTypeOf<Job['status']>().toEqualTypeOf<
      'queued' | 'processing' | 'complete' | 'failed' | 'canceled'
    >();
    expectTypeOf<Job['endedAt']>().toEqualTypeOf<Date | null>();
    // @ts-expect-error -- the result has no such field
    compiles(() => readOrder().then((job) => job?.result?.sum));
  });
});

test('a signal gives the types of its arguments', () => {
  compiles(() => signal(db, orders, 7, approve, 'ann', 2));
  compiles(() => signal(db, 'orders', '7', approve, 'ann'));
  compiles(() => signal(db, orders, 7, 'anything', { at: 'all' }));
  // @ts-expect-error -- an argument is missing
  compiles(() => signal(db, orders, 7, approve));
  // @ts-expect-error -- of another type
  compiles(() => signal(db, orders, 7, approve, 5));
  // @ts-expect-error -- one too many
  compiles(() => signal(db, orders, 7, approve, 'ann', 1, 2));
});

describe('schemas', () => {
  const inputSchema = z.object({ id: z.string(), at: z.string().transform((text) => text.length) });
  const resultSchema = z.object({ total: z.number() });

  test('give the types without a workflow', () => {
    const queue = defineQueue('orders', { ...options, inputSchema, resultSchema });
    compiles(() => enqueue(db, queue, { id: '7', at: 'x' }));
    // @ts-expect-error -- the schema takes a text
    compiles(() => enqueue(db, queue, { id: '7', at: 1 }));
    const read = () => getJob(db, queue, 7);
    type Job = NonNullable<Awaited<ReturnType<typeof read>>>;
    expectTypeOf<Job['input']>().toEqualTypeOf<{ id: string; at: number } | null>();
    expectTypeOf<Job['result']>().toEqualTypeOf<{ total: number } | null>();
  });

  test('must fit the workflow', () => {
    compiles(() => defineQueue<typeof processOrder>('orders', { ...options, resultSchema }));
    // @ts-expect-error -- what it answers is no Order
    compiles(() => defineQueue<typeof processOrder>('orders', { ...options, inputSchema }));
    // @ts-expect-error -- the workflow returns a number
    compiles(() => defineQueue<typeof sum>('sums', { ...options, resultSchema }));
  });

  test('are not needed', () => {
    const read = () => getJob(db, defineQueue('any', options), 7);
    type Job = NonNullable<Awaited<ReturnType<typeof read>>>;
    expectTypeOf<Job['result']>().toEqualTypeOf<unknown>();
  });
});

test('an option that there is not does not compile', () => {
  // @ts-expect-error -- tasks has no such option
  compiles(() => defineQueue<typeof sum>('sums', { ...options, tasks: 't' }));
  // @ts-expect-error -- the task queue is missing
  compiles(() => defineQueue<typeof sum>('sums', { workflow: 'w' }));
  // @ts-expect-error -- no duration
  compiles(() => defineQueue<typeof sum>('sums', { ...options, runTimeout: 'soon' }));
});
