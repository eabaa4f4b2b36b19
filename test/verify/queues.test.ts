import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool, type Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { verifyQueue } from '../../src/verify/queues.ts';
import { createLettersDatabase } from '../support/letters/database.ts';
import { lettersQueue } from '../support/letters/queue.ts';

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createLettersDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 2,
    onError: () => undefined,
  });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const queue = lettersQueue();

describe('a queue definition', () => {
  test('that fits the migrated table is taken', async () => {
    await expect(verifyQueue(pool, queue)).resolves.toBeUndefined();
  });

  const wrong: [string, Partial<QueueDefinition>, RegExp][] = [
    [
      'an unknown table',
      { table: 'public.orders' },
      /table public\.orders does not exist; run `npm run migrate`/,
    ],
    [
      'an unknown column',
      { columns: { ...queue.columns, runId: 'run' } },
      /columns\.runId names "run", and public\.letters has no such column; it has id, status/,
    ],
    [
      'an unknown key',
      { key: { column: 'nobody', claimIndex: 'letters_claim_by_customer_idx', shareColumn: 'nothing' } },
      /key\.column names "nobody"[\s\S]*key\.shareColumn names "nothing"/,
    ],
    [
      'an unknown column for its workflow',
      { workflowColumns: ['nothing'] },
      /workflowColumns names "nothing"/,
    ],
    [
      'a result of a plain workflow that goes nowhere',
      { plainWorkflow: { result: 'customer' } },
      /plainWorkflow\.result is "customer", which is not one of the resultColumns \(/,
    ],
    [
      'a result of a plain workflow in a column of another type',
      { resultColumns: ['attempt'], plainWorkflow: { result: 'attempt' } },
      /plainWorkflow\.result "attempt" of public\.letters is integer; it must be jsonb, json or text/,
    ],
    [
      'a plain workflow whose rows nobody writes',
      { plainWorkflow: {} },
      /plainWorkflow needs a rowTaskQueue/,
    ],
    ['an unknown result column', { resultColumns: ['answer'] }, /resultColumns names "answer"/],
    [
      'a word the status does not know',
      { states: { ...queue.states, complete: 'done' } },
      /states\.complete is "done", and public\.letters\.status knows queued, processing, complete/,
    ],
    ['another type of id', { idType: 'bigint' }, /idType is "bigint", and public\.letters\.id is uuid/],
    [
      'a missing index',
      { claimIndex: 'nope' },
      /claimIndex "nope" is missing; it must be an index on public\.letters \(priority/,
    ],
    [
      'an index that does not serve its order',
      { order: [{ column: 'created_at', direction: 'DESC' }] },
      /claimIndex "letters_claim_idx" must be an index on public\.letters \(created_at DESC\).*it is CREATE INDEX/,
    ],
  ];
  test.each(wrong)('with %s is refused with the exact difference', async (_, change, message) => {
    await expect(verifyQueue(pool, { ...queue, ...change })).rejects.toThrow(message);
  });

  test('with several differences names them all', async () => {
    const change = { columns: { ...queue.columns, label: 'x1', attempt: 'x2' } };
    await expect(verifyQueue(pool, { ...queue, ...change })).rejects.toThrow(/x2[\s\S]*x1|x1[\s\S]*x2/);
  });
});
