import { describe, expect, test } from 'vitest';
import {
  defineQueue,
  enqueue,
  enqueueMany,
  reprioritize,
  reschedule,
  SchemaError,
  signal,
} from '../../../src/index.ts';

const queue = defineQueue('emails', { workflow: 'sendEmail', taskQueue: 'mail' });

/** Notes what is sent. */
function fakeDb() {
  const sent: unknown[] = [];
  const query = async (_: string, values: unknown[]) => {
    sent.push(values);
    return [{ answer: '[]' }];
  };
  return { query, sent };
}

const circle: Record<string, unknown> = { inner: [{}] };
circle['inner'] = [circle];

describe('what JSON cannot say', () => {
  test.each<[string, unknown, string]>([
    ['a bigint', { lines: [{ price: 5n }] }, 'input.lines[0].price is bigint, which JSON cannot say'],
    ['NaN', { 'unit price': Number.NaN }, 'input["unit price"] is NaN, which JSON cannot say'],
    ['infinity', [1, -Infinity], 'input[1] is -Infinity, which JSON cannot say'],
    ['bytes', { file: Buffer.from('x') }, 'input.file is bytes; send them as a text'],
    ['a buffer', new ArrayBuffer(1), 'input is bytes'],
    ['an invalid date', { at: new Date('x') }, 'input.at is an invalid date'],
    ['a map', { names: new Map() }, 'input.names is a Map'],
    ['a promise', { user: Promise.resolve(1) }, 'input.user is a promise; await it'],
    ['a hole', [undefined], 'input[0] is undefined'],
    ['a function', { done: () => 1 }, 'input.done is function'],
    ['a circle', circle, 'input.inner[0] is an object that contains it'],
    ['NUL', { to: 'a\0' }, 'input.to is a text with a NUL character, which Postgres cannot say'],
    ['a key with NUL', { 'a\0': 1 }, 'input["a\\u0000"] is a text with a NUL character'],
    ['half a pair', ['\ud800'], 'input[0] is a text with half a surrogate pair'],
    ['what toJSON answers', { toJSON: () => ({ n: 1n }) }, 'input.n is bigint'],
  ])('is refused before anything is sent: %s', async (_, input, message) => {
    const db = fakeDb();
    await expect(enqueue(db, queue, input)).rejects.toThrow(TypeError);
    await expect(enqueue(db, queue, input)).rejects.toThrow(message);
    await expect(enqueueMany(db, queue, [{ input: 1 }, { input }])).rejects.toThrow(`jobs[1].${message}`);
    await expect(signal(db, queue, 1, 'approve', input)).rejects.toThrow(message.replace('input', 'args[0]'));
    expect(db.sent).toEqual([]);
  });

  test('is nothing else', async () => {
    const db = fakeDb();
    const shared = { at: new Date(0), none: undefined, big: { toJSON: () => '5' } };
    await enqueue(db, queue, { a: shared, b: [shared, null, true, 'ü', 1e300] });
    const said = '{"at":"1970-01-01T00:00:00.000Z","big":"5"}';
    expect(db.sent).toEqual([['emails', `{"input":{"a":${said},"b":[${said},null,true,"ü",1e+300]}}`]]);
  });
});

describe('an input', () => {
  test('that is left out is another than null', async () => {
    const db = fakeDb();
    await enqueue(db, queue);
    await enqueue(db, queue, null, { priority: -1, runAt: new Date(0), key: 'k', workflowId: 'w' });
    expect(db.sent).toEqual([
      ['emails', '{}'],
      [
        'emails',
        '{"input":null,"run_at":"1970-01-01T00:00:00.000Z","priority":-1,"key":"k","workflow_id":"w"}',
      ],
    ]);
  });

  test('is an array where it is all arguments', async () => {
    const options = { workflow: 'w', taskQueue: 't', inputIsArgs: true as const };
    await expect(enqueue(fakeDb(), defineQueue('sums', options), {})).rejects.toThrow(
      'input must be an array: queue "sums" has inputIsArgs',
    );
  });

  test('is a row where the queue has a table', async () => {
    const orders = defineQueue('orders', { workflow: 'w', taskQueue: 't', table: 'public.orders' });
    await expect(enqueue(fakeDb(), orders, {})).rejects.toThrow(
      'a job of queue "orders" is a row of public.orders: insert one there',
    );
  });
});

test('what Postgres has no value for is refused by its name', async () => {
  const db = fakeDb();
  await expect(reprioritize(db, queue, 1, 1.5)).rejects.toThrow('priority must be a whole number');
  await expect(reschedule(db, queue, 1, new Date('x'))).rejects.toThrow('runAt is no valid Date');
  await expect(reprioritize(db, queue, 2 ** 53, 1)).rejects.toThrow(
    'the id 9007199254740992 is no whole number',
  );
  await expect(enqueueMany(db, queue, [{ input: 1, priority: 2 ** 31 }])).rejects.toThrow('jobs[0].priority');
  expect(db.sent).toEqual([]);
});

describe('a schema', () => {
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: async (value: unknown) =>
        typeof value === 'string'
          ? { value: Number(value) }
          : { issues: [{ message: 'no text', path: ['a', { key: 0 }] }, { message: 'bad' }] },
    },
  };
  const checkedQueue = defineQueue('emails', { workflow: 'w', taskQueue: 't', inputSchema: schema });

  test('is asked, and what it answers is sent', async () => {
    const db = fakeDb();
    await enqueue(db, checkedQueue, '5');
    expect(db.sent).toEqual([['emails', '{"input":5}']]);
  });

  test('refuses an input with what is wrong and where', async () => {
    const db = fakeDb();
    const error = await enqueue(db, checkedQueue, 7).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SchemaError);
    expect(error).toMatchObject({
      message: 'input of queue "emails" does not fit its schema: a.0: no text; bad',
      issues: [{ message: 'no text' }, { message: 'bad' }],
    });
    expect(db.sent).toEqual([]);
  });
});
