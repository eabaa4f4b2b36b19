import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Duration, defineQueue, isWatchedQueue, queueSql, queueStatement } from '../../../src/index.ts';

const emails = { workflow: 'sendEmail', taskQueue: 'mail' };
const orders = { workflow: 'processOrder', taskQueue: 'orders', table: 'public.orders' };

describe('defineQueue', () => {
  test('answers data that a module can export', () => {
    const inputSchema = z.object({ to: z.string() });
    const queue = defineQueue('emails', { ...emails, inputSchema });
    expect(queue).toEqual({ kind: 'watched', name: 'emails', options: emails, inputSchema });
    expect(isWatchedQueue(queue)).toBe(true);
    for (const other of [undefined, null, 7, emails, { kind: 'watched', name: 'emails' }])
      expect(isWatchedQueue(other)).toBe(false);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['emails', { ...emails, workflw: 'x' }, 'queue "emails": there is no option workflw'],
    ['emails', { ...emails, toString: 'x' }, 'queue "emails": there is no option toString'],
    ['emails', { taskQueue: 'mail' }, 'queue "emails": workflow is missing: the name of the workflow'],
    [
      'emails',
      { workflow: 'w' },
      'queue "emails": taskQueue is missing: the task queue of the workflow\'s workers',
    ],
    ['emails', { ...emails, workflow: '' }, 'queue "emails": workflow must be a text'],
    ['emails', { ...emails, workflow: async () => 1 }, 'queue "emails": workflow must be a text'],
    [
      'emails',
      { ...emails, input: 'NEW' },
      'queue "emails": input is for queues with a table, and this one has none',
    ],
    ['emails', { ...emails, mirror: { status: 's' } }, 'queue "emails": mirror is for queues with a table'],
    ['orders', { ...orders, mirror: {} }, 'queue "orders": mirror must name a column for each field'],
    [
      'orders',
      { ...orders, mirror: { status: 7 } },
      'queue "orders": mirror must name a column for each field',
    ],
    ['orders', { ...orders, maxInFlight: 1.5 }, 'queue "orders": maxInFlight must be a whole number from 0'],
    ['orders', { ...orders, fair: 'no' }, 'queue "orders": fair must be true or false'],
    [
      'orders',
      { ...orders, runTimeout: 'soon' },
      'queue "orders": runTimeout must be milliseconds, or a text as \'30s\'',
    ],
    ['orders', { ...orders, runTimeout: 0 }, 'queue "orders": runTimeout must be'],
    ['Orders', orders, '"Orders" is no name for a queue'],
    ['', orders, '"" is no name for a queue'],
  ])('refuses %s with %o', (name, options, message) => {
    expect(() => defineQueue(name, options as never)).toThrow(message);
  });
});

describe('the statement of a queue', () => {
  const full = defineQueue('orders', {
    ...orders,
    id: 'number',
    workflowId: 'order-{number}',
    startWhen: "NEW.state = 'paid'",
    input: "jsonb_build_object('path', 'a\\b')",
    inputIsArgs: false,
    key: 'NEW.customer',
    mirror: { status: 'job_status' },
    maxInFlight: 5,
    fair: undefined as never,
    executionTimeout: '30 days',
    runTimeout: 90_000,
  });

  test('has values, each with its type', () => {
    expect(queueStatement(defineQueue('emails', { ...emails, maxPerKey: 2 }))).toEqual({
      text: 'SELECT switchyard.create_queue($1::text, workflow => $2::text, task_queue => $3::text, max_per_key => $4::text::integer)',
      values: ['emails', 'sendEmail', 'mail', '2'],
    });
    const { text, values } = queueStatement(full);
    expect(text).toContain(
      'SELECT switchyard.add_queue($1::text, $2::text::regclass, workflow => $3::text, ',
    );
    expect(text).toContain(
      'mirror => $11::text::jsonb, max_in_flight => $12::text::integer, execution_timeout => ',
    );
    expect(values).toEqual([
      'orders',
      'public.orders',
      'processOrder',
      'orders',
      'number',
      'order-{number}',
      "NEW.state = 'paid'",
      "jsonb_build_object('path', 'a\\b')",
      'false',
      'NEW.customer',
      '{"status":"job_status"}',
      '5',
      '30 days',
      '90 seconds',
    ]);
  });

  test('stands in a migration, with its undo', () => {
    expect(queueSql(full)).toEqual({
      create:
        "SELECT switchyard.add_queue('orders', 'public.orders', workflow => 'processOrder', task_queue => 'orders', " +
        "id => 'number', workflow_id => 'order-{number}', start_when => 'NEW.state = ''paid''', " +
        "input =>  E'jsonb_build_object(''path'', ''a\\\\b'')', input_is_args => false, key => 'NEW.customer', " +
        'mirror => \'{"status":"job_status"}\', max_in_flight => 5, execution_timeout => \'30 days\', ' +
        "run_timeout => '90 seconds');",
      drop: "SELECT switchyard.drop_queue('orders');",
    });
  });

  test.each<[Duration, string]>([
    [1, '1 milliseconds'],
    ['1.5h', '90 minutes'],
    ['2 weeks', '14 days'],
    ['36 hours', '36 hours'],
    ['1 day', '1 days'],
    ['0.5s', '500 milliseconds'],
  ])('reads %s as Temporal does', (runTimeout, interval) => {
    const { values } = queueStatement(defineQueue('emails', { ...emails, runTimeout }));
    expect(values.at(-1)).toBe(interval);
  });
});
