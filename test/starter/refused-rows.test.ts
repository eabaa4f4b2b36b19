import type { Client } from '@temporalio/client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Pool } from '../../src/platform/database.ts';
import { claimStatements } from '../../src/sql/claim.ts';
import { jobStatements } from '../../src/sql/job.ts';
import { PassedOver } from '../../src/starter/passed-over.ts';
import { Starter } from '../../src/starter/starter.ts';
import { claimOnce } from '../support/claims.ts';
import { eachTestHasLetters } from '../support/letters/database.ts';
import { lettersQueue } from '../support/letters/queue.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';
import { recordingLogger } from '../support/logger.ts';
import { cancelsAtStart, refusals, trigger } from '../support/refusals.ts';

let pool: Pool;
eachTestHasLetters((opened) => {
  pool = opened;
});

afterEach(() => void vi.useRealTimers());

/** A starter whose workflows are started by nobody. Answers whose starts were asked for. */
function starterOf(
  options: { queue?: ReturnType<typeof lettersQueue>; refuse?: (id: string) => Error | undefined } = {},
) {
  const { log, lines } = recordingLogger();
  const asked: string[] = [];
  const client = {
    options: { loadedDataConverter: { payloadCodecs: [] } },
    withDeadline: (_: number, work: () => unknown) => work(),
    workflowService: {},
    workflow: {
      start: async (_: unknown, { workflowId }: { workflowId: string }) => {
        asked.push(workflowId);
        const error = options.refuse?.(workflowId);
        if (error) throw error;
        return { firstExecutionRunId: `run of ${workflowId} ${asked.length}` };
      },
    },
  } as unknown as Client;
  const queue = options.queue ?? lettersQueue();
  const starter = new Starter({ pool, client, queue, workerId: 'starter-1', log });
  return { starter, asked, lines };
}

const eventsOf = async (id: string) => {
  const { rows } = await pool.query(
    `SELECT from_status, to_status, run_id, code, detail FROM switchyard.job_events WHERE job_id = $1 ORDER BY id`,
    [id],
  );
  return rows;
};

describe('a row that cannot be marked as in flight because of', () => {
  test.each(refusals)(
    '%s does not hold up the others, and its history says why',
    async (_, change, reason) => {
      const first = await insertLetter(pool);
      const bad = await insertLetter(pool, { title: 'bad letter' });
      const last = await insertLetter(pool);
      await pool.query(change);
      const { starter, lines } = starterOf();
      expect(await starter.runOnce()).toMatchObject({ started: 2, refused: 1, unanswered: 0 });
      for (const id of [first, last])
        expect(await readLetter(pool, id)).toMatchObject({ status: 'processing' });
      expect(await readLetter(pool, bad)).toMatchObject({ status: 'queued', attempt: 0, run_id: null });
      const events = await eventsOf(bad);
      expect(events.at(-1)).toEqual({
        from_status: 'queued',
        to_status: 'queued',
        run_id: null,
        code: 'START_REFUSED',
        detail: expect.stringMatching(reason),
      });
      expect(lines).toContainEqual(
        expect.objectContaining({ jobId: bad, reason: events.at(-1).detail, passedOverMs: 1_000 }),
      );
      expect(JSON.stringify([events, lines])).not.toContain('bad letter');
    },
  );

  test.each(refusals)('%s gets one workflow only, whichever starter claims it', async (_, change) => {
    const bad = await insertLetter(pool, { title: 'bad letter' });
    await pool.query(change);
    const first = starterOf();
    expect(await first.starter.runOnce()).toMatchObject({ started: 0, refused: 1 });
    const others = [starterOf(), starterOf()];
    for (const { starter } of others)
      expect(await starter.runOnce()).toMatchObject({ started: 0, refused: 1 });
    expect([first, ...others].map(({ asked }) => asked)).toEqual([[bad], [], []]);
  });

  test('a trigger is started once the trigger is gone', async () => {
    const bad = await insertLetter(pool, { title: 'bad letter' });
    await pool.query(trigger('TRIGGER refuse BEFORE UPDATE', 'RETURN NULL;'));
    await starterOf().starter.runOnce();
    await pool.query('DROP TRIGGER refuse ON letters');
    expect(await starterOf().starter.runOnce()).toMatchObject({ started: 1, refused: 0 });
    expect(await readLetter(pool, bad)).toMatchObject({ status: 'processing', attempt: 1 });
  });
});

test('an error that every row of the table meets fails the claim, and is not noted on each row', async () => {
  const ids = [await insertLetter(pool), await insertLetter(pool)];
  await pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM no_such_function(); END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON letters FOR EACH ROW EXECUTE FUNCTION refuse()`);
  await expect(starterOf().starter.runOnce()).rejects.toMatchObject({ code: '42883' });
  for (const id of ids) expect((await eventsOf(id)).map(({ code }) => code)).toEqual([null]);
});

test('a row that a trigger cancels while it is started stays canceled, and the others are started', async () => {
  const bad = await insertLetter(pool, { title: 'bad letter' });
  const good = await insertLetter(pool);
  await pool.query(cancelsAtStart);
  expect(await claimOnce(pool, lettersQueue())).toMatchObject({
    started: [{ id: good }],
    moved: [bad],
    left: [],
  });
  expect(await readLetter(pool, bad)).toMatchObject({ status: 'canceled' });
});

test('a row that Temporal refuses is passed over for longer each time, and does not hold up the others', async () => {
  const bad = await insertLetter(pool);
  const { starter, lines } = starterOf({
    refuse: (id) => (id === bad ? new Error('the memo exceeds its limit') : undefined),
  });
  expect(await starter.runOnce()).toMatchObject({ started: 0, refused: 1, unanswered: 0 });
  await insertLetter(pool);
  expect(await starter.runOnce()).toMatchObject({ started: 1, refused: 0 });
  expect(lines).toContainEqual(
    expect.objectContaining({ jobId: bad, reason: 'Temporal refused its start: the memo exceeds its limit' }),
  );
});

test('rows at the head of the queue that cannot be started do not hold up those behind them, even if they fill several claims', async () => {
  await pool.query(
    `INSERT INTO letters (enclosure, title, priority, customer) SELECT 'a.txt', 'bad letter', -1, 'c' || n % 3
       FROM generate_series(1, 300) AS n`,
  );
  const good = await insertLetter(pool, { customer: 'd' });
  await pool.query(`ALTER TABLE letters ADD CONSTRAINT no_bad CHECK (title <> 'bad letter') NOT VALID`);
  for (const fair of [false, true]) {
    await pool.query(`UPDATE letters SET status = 'queued' WHERE id = $1 AND status <> 'queued'`, [good]);
    await pool.query('DELETE FROM switchyard.limits');
    await pool.query(
      `INSERT INTO switchyard.limits (queue, fair, in_flight_per_key) VALUES ('letters', $1, 5)`,
      [fair],
    );
    const { starter } = starterOf({ queue: lettersQueue({ batch: 50 }) });
    const started: number[] = [];
    for (let pass = 0; pass < 7; pass += 1) started.push((await starter.runOnce()).started);
    expect(started.reduce((sum, n) => sum + n)).toBe(1);
  }
});

test('refused rows of the best priority do not hold up the others when they are tried again', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  await pool.query(
    `INSERT INTO letters (enclosure, title, priority, customer) SELECT 'a.txt', 'bad letter', -1, 'c'
       FROM generate_series(1, 40)`,
  );
  await pool.query(`ALTER TABLE letters ADD CONSTRAINT no_bad CHECK (title <> 'bad letter') NOT VALID`);
  const { starter } = starterOf();
  for (let pass = 0; pass < 3; pass += 1) await starter.runOnce();
  await insertLetter(pool, { customer: 'd' });
  vi.setSystemTime(Date.now() + 3_600_000);
  const passes = [await starter.runOnce(), await starter.runOnce()];
  expect(Math.max(...passes.map(({ refused }) => refused))).toBe(5);
  expect(passes.reduce((all, { started }) => all + started, 0)).toBe(1);
});

test('a row that cannot be started does not hold up a queue that goes after its own', async () => {
  await insertLetter(pool, { title: 'bad letter' });
  await pool.query(`ALTER TABLE letters ADD CONSTRAINT no_bad CHECK (title <> 'bad letter') NOT VALID`);
  const before = lettersQueue();
  const { admission } = claimStatements(lettersQueue({ name: 'others', after: before }));
  const goesFirst = async () => (await pool.query(admission, ['-infinity', []])).rows[0].another_goes_first;
  expect(await goesFirst()).toBe(true);
  await starterOf({ queue: before }).starter.runOnce();
  expect(await goesFirst()).toBe(false);
});

test('the history of a row notes ten refusals, and after that only new reasons', async () => {
  const id = await insertLetter(pool);
  const { noteRefused } = jobStatements(lettersQueue());
  for (let n = 0; n < 15; n += 1)
    await pool.query(noteRefused, [[id], [0], ['no'], ['START_REFUSED'], false]);
  await pool.query(noteRefused, [[id], [0], ['not at all'], ['ID_TAKEN'], false]);
  await pool.query(noteRefused, [[id], [0], ['no more'], ['START_REFUSED'], true]);
  const noted = (await eventsOf(id)).flatMap(({ detail }) => detail ?? []);
  expect(noted).toEqual([...Array(10).fill('no'), 'not at all']);
});

test('a few of the rows whose pause is over are tried again at once, and the others later', () => {
  const rows = new PassedOver();
  for (let n = 0; n < 20; n += 1) rows.refused(`row ${n}`, 0, 0);
  const { passOver, tries } = rows.next({ triesNone: false }, 5_000);
  expect([passOver.length, tries, rows.againInMs(5_000)]).toEqual([15, 5, 0]);
});

test('a row that is refused is passed over for twice as long each time, ten minutes at most', () => {
  const rows = new PassedOver();
  const pauses = Array.from({ length: 12 }, () => rows.refused('a', 0, 0) / 1_000);
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
  expect(rows.refused('known to others', 3, 0)).toBe(8_000);
  expect(rows.next({ triesNone: false }, 8_000)).toEqual({ passOver: ['a'], tries: 1 });
  expect(rows.againInMs(8_000)).toBe(592_000);
  expect(rows.next({ triesNone: false }, 600_000)).toEqual({ passOver: [], tries: 1 });
  expect(rows.againInMs(600_000)).toBeUndefined();
});
