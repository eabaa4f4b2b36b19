import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { writeDefinitions } from '../../src/registry/noted-definitions.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { inFlight, insertLetter } from '../support/letters/rows.ts';
import { insertRedrive, testRedrivesQueue } from '../support/redrives.ts';
import { codesOf, pretendStarter, whyOf } from '../support/why.ts';

let pool: Pool;
eachTestHasLetters((opened) => {
  pool = opened;
});
let stopStarter: () => Promise<void>;
beforeEach(async () => {
  stopStarter = await pretendStarter(pool, 'letters');
  await define();
});
afterEach(() => stopStarter());

const define = (options: Partial<QueueDefinition> = {}) => writeDefinitions(pool, [lettersQueue(options)]);
const why = (id: string, workers?: number) => whyOf(pool, 'letters', id, workers);
const refuse = (id: string, reason: string, code = 'START_REFUSED') =>
  pool.query(`SELECT switchyard.note_refused_start('letters', $1, 0, $2, $3)`, [id, reason, code]);

describe('a waiting job', () => {
  test('starts next when nothing holds it', async () => {
    expect(await why(await insertLetter(pool))).toEqual([
      { code: 'NEXT', text: 'nothing holds it: it starts with the next claim', wayOut: null },
    ]);
  });

  test('is paused with its queue, by whom and why', async () => {
    const id = await insertLetter(pool);
    await pool.query(`SET switchyard.actor = 'ann'; SELECT switchyard.pause_queue('letters', 'strike')`);
    const [reason] = await why(id);
    expect(reason).toMatchObject({ code: 'PAUSED', wayOut: 'switchyard resume letters' });
    expect(reason?.text).toMatch(/^the queue "letters" is paused by ann since 20\S+Z: strike$/);
  });

  test('is paused with its key, and not with another', async () => {
    const [mine, other] = [
      await insertLetter(pool, { customer: "o'neil" }),
      await insertLetter(pool, { customer: 'b' }),
    ];
    await pool.query(`SELECT switchyard.pause_key('letters', 'o''neil', 'owes')`);
    expect((await why(mine))[0]).toMatchObject({
      code: 'PAUSED',
      text: expect.stringMatching(/^the key "o'neil" is paused by .*: owes$/),
      wayOut: `switchyard resume letters --key 'o'\\''neil'`,
    });
    expect(codesOf(await why(other))).toEqual(['NEXT']);
  });

  test('is paused with a system that it needs', async () => {
    const id = await insertLetter(pool);
    await pool.query(`SELECT switchyard.pause_system('printer', 'none of ours')`);
    expect(codesOf(await why(id))).toEqual(['NEXT']);
    await pool.query(`SELECT switchyard.pause_system('carrier', 'moves house')`);
    expect((await why(id))[0]).toMatchObject({
      code: 'PAUSED',
      text: expect.stringContaining('the system "carrier", which its jobs need, is paused by'),
      wayOut: 'switchyard resume --system carrier',
    });
  });

  test('waits for the breaker of a system where as many as may try it do', async () => {
    await define({ maxWaitMs: 60_000 });
    await pool.query(
      `INSERT INTO switchyard.pauses (scope, system, reason, automatic) VALUES ('system', 'carrier', '502', true)`,
    );
    const id = await insertLetter(pool);
    expect(codesOf(await why(id))).toEqual(['NEXT']);
    for (let i = 0; i < 3; i++) await insertLetter(pool, inFlight);
    expect((await why(id))[0]).toMatchObject({
      code: 'PAUSED',
      text: expect.stringMatching(
        /^the system "carrier" is out of order since .*: 502; a few jobs at a time try it$/,
      ),
    });
  });

  test('is not to start before its time', async () => {
    const id = await insertLetter(pool, { run_at: new Date('2100-01-01') });
    expect(await why(id)).toMatchObject([
      { code: 'RUN_AT', text: 'it is not to start before 2100-01-01T00:00:00.000Z' },
    ]);
    const due = await insertLetter(pool, { run_at: new Date('2020-01-01') });
    expect((await why(due))[0]?.text).toContain('has come');
  });

  test('waits for room in flight of its queue', async () => {
    await define({ maxInFlight: 2 });
    await insertLetter(pool, inFlight);
    await insertLetter(pool, inFlight);
    expect(await why(await insertLetter(pool))).toEqual([
      {
        code: 'LIMIT',
        text: 'the queue "letters" has 2 jobs in flight, and its limit is 2',
        wayOut: 'switchyard limits letters --in-flight 4',
      },
    ]);
  });

  test('waits for room in flight of its key', async () => {
    await pool.query(`INSERT INTO switchyard.key_limits (queue, key, in_flight) VALUES ('letters', 'a', 1)`);
    await insertLetter(pool, { ...inFlight, customer: 'a' });
    const id = await insertLetter(pool, { customer: 'a' });
    expect(await why(id)).toMatchObject([
      { code: 'LIMIT', text: 'the key "a" has 1 in flight, and the limit of a key is 1' },
    ]);
    expect(codesOf(await why(await insertLetter(pool, { customer: 'b' })))).toEqual(['NEXT']);
  });

  test('waits for the rate', async () => {
    await pool.query(`
      INSERT INTO switchyard.limits (queue, starts_per_second) VALUES ('letters', 0.001);
      INSERT INTO switchyard.start_rates (queue, tokens, filled_at) VALUES ('letters', 0, now())`);
    expect(await why(await insertLetter(pool))).toMatchObject([
      { code: 'RATE', text: 'the queue "letters" starts at most 0.001 a second, and has used that up' },
    ]);
  });

  test('is behind those of lower priority numbers, those of its key and other keys', async () => {
    await define({ batch: 1 });
    await insertLetter(pool, { customer: 'x', priority: -1 });
    await insertLetter(pool, { customer: 'a', priority: 3 });
    await insertLetter(pool, { customer: 'b', priority: 3 });
    const id = await insertLetter(pool, { customer: 'a', priority: 3 });
    expect(await why(id)).toMatchObject([
      {
        code: 'BEHIND',
        text:
          '1 job with a lower priority number than 3 goes first; 1 job of the key "a" goes first; ' +
          'it takes turns with 1 other key: the one with the least in flight goes first',
      },
    ]);
  });

  test('is behind those before it where keys take no turns, counted up to a thousand', async () => {
    await define({ batch: 1, fair: false });
    await pool.query(`INSERT INTO letters (enclosure) SELECT 'a.txt' FROM generate_series(1, 3)`);
    const id = await insertLetter(pool);
    expect((await why(id))[0]).toMatchObject({ code: 'BEHIND', text: '3 jobs of the queue go first' });
    await pool.query(
      `INSERT INTO letters (enclosure, priority) SELECT 'a.txt', -1 FROM generate_series(1, 1200)`,
    );
    expect((await why(id))[0]).toMatchObject({ text: '1000 or more jobs of the queue go first' });
  });

  test('waits for the queue that goes before its own', async () => {
    await writeDefinitions(pool, [{ ...testRedrivesQueue(), after: lettersQueue() }]);
    await insertLetter(pool);
    expect((await whyOf(pool, 'redrives', await insertRedrive(pool))).at(-1)).toMatchObject({
      code: 'OTHER_QUEUE_FIRST',
      text: 'the queue "letters" goes first, and has jobs waiting',
    });
  });

  test('was refused, with what was said at last and how often', async () => {
    const id = await insertLetter(pool);
    await refuse(id, 'no such thing');
    await refuse(id, 'too big');
    expect(await why(id)).toMatchObject([
      {
        code: 'START_REFUSED',
        text: expect.stringMatching(/^its start was refused 2 times, at last at 20\S+Z: too big$/),
      },
    ]);
    await refuse(id, 'the workflow id a is taken by b', 'ID_TAKEN');
    expect(await why(id)).toMatchObject([{ code: 'ID_TAKEN', text: 'the workflow id a is taken by b' }]);
  });

  test('lacks a starter, and a worker', async () => {
    const id = await insertLetter(pool);
    expect(codesOf(await why(id, 0))).toEqual(['NO_WORKER', 'NEXT']);
    await stopStarter();
    expect((await why(id))[0]).toMatchObject({ code: 'NO_STARTER', wayOut: 'switchyard start' });
    stopStarter = await pretendStarter(pool, 'another');
    await pool.query('DELETE FROM switchyard.doorbells');
    expect((await why(id))[0]).toMatchObject({
      code: 'NO_STARTER',
      text: 'no starter serves the queue "letters"; connected are host-1, which serve others',
    });
  });

  test('of a queue that no starter has told of yet lacks one', async () => {
    const id = await insertLetter(pool);
    await pool.query('DELETE FROM switchyard.queue_definitions');
    expect(codesOf(await why(id))).toEqual(['NO_STARTER']);
  });
});

test('a job that runs has no reason, unless nobody polls its task queue or it is to be canceled', async () => {
  const id = await insertLetter(pool, inFlight);
  expect(await why(id)).toEqual([]);
  expect(codesOf(await why(id, 0))).toEqual(['NO_WORKER']);
  await pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = $1', [id]);
  expect(codesOf(await why(id))).toEqual(['CANCEL_REQUESTED']);
});

test('a job that has ended has no reason', async () => {
  const id = await insertLetter(pool);
  await pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = $1', [id]);
  expect(await why(id)).toEqual([]);
});

test('a definition that somebody has written into the database is no SQL of ours', async () => {
  const id = await insertLetter(pool);
  await pool.query(
    `UPDATE switchyard.queue_definitions SET definition = definition || '{"maxInFlight": "1; DROP TABLE letters"}'`,
  );
  expect(codesOf(await why(id))).toEqual(['NO_STARTER']);
});
