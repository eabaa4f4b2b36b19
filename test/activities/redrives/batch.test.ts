import { describe, expect, test } from 'vitest';
import { type RedriveStep, redriveStep } from '../../../src/activities/redrives/batch.ts';
import { inTransaction, type Pool } from '../../../src/platform/database.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { redriveStatements } from '../../../src/sql/redrives.ts';
import { eachTestHasLetters } from '../../support/letters/database.ts';
import { lettersQueue } from '../../support/letters/queue.ts';
import { insertFailedLetter, insertLetter, readLetter } from '../../support/letters/rows.ts';
import { insertRedrive, type RedriveFields, readRedrive } from '../../support/redrives.ts';

let pool: Pool;
eachTestHasLetters((opened) => {
  pool = opened;
});

const runId = 'run 1';
const targetOf = (queue: QueueDefinition) => ({ queue, statements: redriveStatements(queue) });

/** A redrive that a starter has claimed. */
async function begunRedrive(fields: RedriveFields = {}): Promise<string> {
  const id = await insertRedrive(pool, { per_second: 1000, ...fields });
  await pool.query(
    `UPDATE switchyard.redrives SET status = 'processing', run_id = $2, attempt = 1, started_at = now() WHERE id = $1`,
    [id, runId],
  );
  return id;
}

const step = (id: string, on = pool, run = runId): Promise<RedriveStep> =>
  inTransaction(on, (tx) =>
    redriveStep(tx, targetOf(lettersQueue()), {
      queue: 'redrives',
      jobId: id,
      requestId: null,
      runIds: [run],
    }),
  );

/** Steps until it is done, whatever the rate. */
async function redriveAll(id: string, on = pool): Promise<void> {
  while ((await step(id, on)).kind !== 'done') await due(id);
}

/** Lets the time pass that the rate asks for. */
const due = (id: string) =>
  pool.query(`UPDATE switchyard.redrives SET next_at = 'epoch' WHERE id = $1`, [id]);

const queuedJobs = async () =>
  (await pool.query<{ id: string }>(`SELECT id FROM letters WHERE status = 'queued' ORDER BY id`)).rows.map(
    (row) => row.id,
  );
const outcomes = async () =>
  (await pool.query(`SELECT job_id, outcome FROM switchyard.redrive_jobs ORDER BY job_id`)).rows;

/** One of the application, for the rows of the customer "secret". */
const trigger = (
  body: string,
  kind = 'TRIGGER app BEFORE',
  timing = '',
  when = `NEW.customer = 'secret'`,
): string => `
  CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
  CREATE ${kind} UPDATE ON letters ${timing} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION app()`;

async function insertCanceledJob(): Promise<string> {
  const id = await insertLetter(pool);
  await pool.query('UPDATE letters SET cancel_requested_at = now() WHERE id = $1', [id]);
  return id;
}

describe('what a redrive takes', () => {
  const longAgo = new Date(Date.now() - 3_600_000);
  test.each<[string, RedriveFields, number[]]>([
    ['every failed job, when nothing else is said', {}, [0, 1, 2, 3]],
    ['by error code', { error_codes: ['CARRIER_REFUSED', 'IO_ERROR'] }, [1]],
    ['by a text in the message, in small or capital letters', { message_contains: 'NO stamp' }, [1]],
    ['by key', { keys: ['acme'] }, [2]],
    ['by when it ended, from then on', { ended_after: new Date(Date.now() - 120_000) }, [0, 1, 2]],
    ['by when it ended, before then', { ended_before: new Date(Date.now() - 120_000) }, [3]],
    ['canceled jobs too', { states: ['canceled', 'failed'] }, [0, 1, 2, 3, 4]],
    ['canceled jobs alone', { states: ['canceled'] }, [4]],
    ['all that is asked for at once', { error_codes: ['CARRIER_AWAY'], keys: ['nobody'] }, []],
  ])('%s', async (_, fields, taken) => {
    const ids = [
      await insertFailedLetter(pool),
      await insertFailedLetter(pool, { code: 'CARRIER_REFUSED', message: 'this is no STAMP' }),
      await insertFailedLetter(pool, { customer: 'acme' }),
      await insertFailedLetter(pool, { failedAt: longAgo }),
      await insertCanceledJob(),
    ];
    await redriveAll(await begunRedrive(fields));
    expect(await queuedJobs()).toEqual(taken.map((i) => ids[i]).sort());
  });

  test('is passed over while another transaction holds the row, and noted', async () => {
    const held = await insertFailedLetter(pool);
    const free = await insertFailedLetter(pool);
    const id = await begunRedrive();
    await inTransaction(pool, async (tx) => {
      await tx.query('SELECT FROM letters WHERE id = $1 FOR UPDATE', [held]);
      await redriveAll(id);
    });
    expect(await queuedJobs()).toEqual([free]);
    expect(await readRedrive(pool, id)).toMatchObject({ requeued: '1', skipped: '1', total: '2' });
    expect(await outcomes()).toEqual(
      [
        { job_id: held, outcome: 'skipped' },
        { job_id: free, outcome: 'requeued' },
      ].sort((a, b) => (a.job_id < b.job_id ? -1 : 1)),
    );
  });

  test.each<[string, string, string]>([
    [
      'a check',
      `ALTER TABLE letters ADD CONSTRAINT app CHECK (status <> 'queued' OR customer IS DISTINCT FROM 'secret') NOT VALID`,
      'the table refused it: new row for relation "letters" violates check constraint "app" (SQLSTATE 23514)',
    ],
    [
      'a trigger that raises',
      trigger(`RAISE EXCEPTION 'not for %', NEW.customer;`),
      'the table refused it: not for … (SQLSTATE P0001)',
    ],
    [
      'a trigger that returns NULL',
      trigger('RETURN NULL;'),
      'the database refuses what was to be written: a trigger of the table left the row as it was',
    ],
    [
      'a trigger that puts it back',
      trigger('RETURN OLD;'),
      'the database refuses what was to be written: a trigger of the table left the row as it was',
    ],
    [
      'a trigger at COMMIT',
      trigger(`RAISE EXCEPTION 'too late';`, 'CONSTRAINT TRIGGER app AFTER', 'DEFERRABLE INITIALLY DEFERRED'),
      'the table refused it: too late (SQLSTATE P0001)',
    ],
  ])('goes on past a row that %s refuses, which is named with the reason', async (_, refuser, reason) => {
    const refused = await insertFailedLetter(pool, { customer: 'secret' });
    const taken = [await insertFailedLetter(pool), await insertFailedLetter(pool, { customer: 'acme' })];
    await pool.query(refuser);
    const id = await begunRedrive();
    await redriveAll(id);
    expect(await queuedJobs()).toEqual(taken.sort());
    expect(await readRedrive(pool, id)).toMatchObject({
      requeued: '2',
      skipped: '0',
      refused: '1',
      total: '3',
    });
    const { rows } = await pool.query(
      `SELECT job_id, reason FROM switchyard.redrive_outcomes WHERE outcome = 'refused'`,
    );
    expect(rows).toEqual([{ job_id: refused, reason }]);
  });

  test('is nothing where the table lacks what every row needs: the step fails and notes no row', async () => {
    await insertFailedLetter(pool);
    await insertFailedLetter(pool);
    await pool.query(trigger('PERFORM 1 FROM lost;', undefined, undefined, 'true'));
    await expect(redriveAll(await begunRedrive())).rejects.toThrow('relation "lost" does not exist');
    expect(await outcomes()).toEqual([]);
  });

  test('by two redrives at once is taken once', async () => {
    for (let i = 0; i < 20; i++) await insertFailedLetter(pool);
    const [one, other] = [await begunRedrive(), await begunRedrive()];
    await Promise.all([redriveAll(one), redriveAll(other)]);
    const { rows } = await pool.query(
      `SELECT count(*)::integer AS moves, count(DISTINCT job_id)::integer AS jobs
         FROM switchyard.job_events WHERE code = 'REDRIVEN'`,
    );
    expect(rows).toEqual([{ moves: 20, jobs: 20 }]);
  });

  test('is never what ended after the redrive was made', async () => {
    const id = await begunRedrive();
    const later = await insertFailedLetter(pool, { failedAt: new Date(Date.now() + 1_000) });
    await redriveAll(id);
    expect(await readLetter(pool, later)).toMatchObject({ status: 'failed' });
  });
});

describe('a step', () => {
  test('goes on behind rows that do not match, of which it looks at no more than ten thousand', async () => {
    await insertFailedLetter(pool, { failedAt: new Date(Date.now() - 7_200_000) });
    await pool.query(
      `INSERT INTO letters (status, enclosure, error_code, failed_at)
       SELECT 'failed', 'a.txt', 'CARRIER_REFUSED', now() - interval '1 hour' FROM generate_series(1, 10000)`,
    );
    const last = await insertFailedLetter(pool);
    const id = await begunRedrive({ error_codes: ['CARRIER_AWAY'] });
    expect(await step(id)).toEqual({ kind: 'batch', requeued: 1, skipped: 0, refused: 0 });
    await due(id);
    expect(await step(id)).toEqual({ kind: 'batch', requeued: 1, skipped: 0, refused: 0 });
    expect(await queuedJobs()).toContain(last);
    await due(id);
    expect(await step(id)).toEqual({ kind: 'done' });
  });

  test('that comes too soon does nothing but say how long to wait', async () => {
    await insertFailedLetter(pool);
    await insertFailedLetter(pool);
    const id = await begunRedrive({ per_second: 1 });
    expect(await step(id)).toMatchObject({ kind: 'batch', requeued: 1 });
    expect(await step(id)).toEqual({ kind: 'wait', ms: expect.any(Number) });
    expect(await queuedJobs()).toHaveLength(1);
  });

  test('of a run that the row does not name changes nothing', async () => {
    await insertFailedLetter(pool);
    const id = await begunRedrive();
    expect(await step(id, pool, 'run of a zombie')).toEqual({ kind: 'lost' });
    expect(await queuedJobs()).toEqual([]);
  });

  test('after somebody asked for the end takes no more', async () => {
    await insertFailedLetter(pool);
    const id = await begunRedrive();
    await pool.query('UPDATE switchyard.redrives SET cancel_requested_at = now()');
    expect(await step(id)).toMatchObject({ kind: 'wait' });
    expect(await queuedJobs()).toEqual([]);
  });
});

/** A pool of which the n-th statement breaks: before it reaches the database, or after, so that the answer is lost. */
function breakingPool(breakAt: number, after: boolean): { pool: Pool; statements: () => number } {
  let statements = 0;
  const connect = async () => {
    const client = await pool.connect();
    return new Proxy(client, {
      get(target, name) {
        if (name === 'query') {
          return async (...args: Parameters<typeof client.query>) => {
            statements += 1;
            const broken = statements === breakAt;
            if (broken && !after) throw new Error('the connection broke');
            const answer = await target.query(...args);
            if (broken) throw new Error('the answer was lost');
            return answer;
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return { pool: { connect } as unknown as Pool, statements: () => statements };
}

test.each([false, true])('a crash at any statement (after it: %s) takes each job once', async (after) => {
  let breakAt = 1;
  for (let crashed = true; crashed; breakAt++) {
    await pool.query('DELETE FROM letters');
    const ids = [
      await insertFailedLetter(pool),
      await insertFailedLetter(pool),
      await insertFailedLetter(pool),
    ];
    const id = await begunRedrive({ per_second: 2 });
    const breaking = breakingPool(breakAt, after);
    await redriveAll(id, breaking.pool).catch(() => undefined);
    crashed = breaking.statements() >= breakAt;
    await due(id);
    await redriveAll(id);
    expect(await queuedJobs()).toEqual(ids.sort());
    expect(await readRedrive(pool, id)).toMatchObject({ requeued: '3', skipped: '0', total: '3' });
    const { rows } = await pool.query(
      `SELECT count(*)::integer AS moves FROM switchyard.job_events WHERE code = 'REDRIVEN' AND actor = $1`,
      [`redrive ${id}`],
    );
    expect(rows).toEqual([{ moves: 3 }]);
  }
  expect(breakAt).toBeGreaterThan(15);
});

describe('a redrive that cancels', () => {
  const cancelOf = (fields: RedriveFields = {}) =>
    begunRedrive({ action: 'cancel', states: ['queued', 'delayed'], ...fields });
  const statusOf = async (id: string) => (await readLetter(pool, id)).status;

  test('cancels jobs that wait, also for a time, and none that came later, run or have ended', async () => {
    const waiting = await insertLetter(pool);
    const delayed = await insertLetter(pool, { run_at: new Date(Date.now() + 3_600_000) });
    const running = await insertLetter(pool, { status: 'processing', run_id: 'r', started_at: new Date() });
    const failed = await insertFailedLetter(pool);
    const id = await cancelOf();
    const later = await insertLetter(pool);
    await redriveAll(id);
    expect(await Promise.all([waiting, delayed, running, failed, later].map(statusOf))).toEqual([
      'canceled',
      'canceled',
      'processing',
      'failed',
      'queued',
    ]);
    expect(await readRedrive(pool, id)).toMatchObject({ total: '2', canceled: '2', requeued: '0' });
    const { rows } = await pool.query(
      `SELECT actor, code, detail FROM switchyard.job_events WHERE job_id = $1 AND to_status = 'canceled'`,
      [waiting],
    );
    expect(rows).toEqual([{ actor: `redrive ${id}`, code: 'CANCEL_REQUESTED', detail: 'test' }]);
  });

  test.each<[string, RedriveFields]>([
    ['a text', { text_contains: 'SPARE' }],
    ['a time of the insert', { created_before: new Date('2026-01-01T00:00:00Z') }],
    ['values of columns', { column_values: { title: 'a spare one', attempt: '0' } }],
    ['a key', { keys: ['acme'] }],
  ])('takes those alone that have %s', async (_, fields) => {
    const other = await insertLetter(pool, { title: 'another' });
    const id = await insertLetter(pool, {
      title: 'a spare one',
      customer: 'acme',
      created_at: new Date('2025-12-31T00:00:00Z'),
    });
    await redriveAll(await cancelOf(fields));
    expect([await statusOf(id), await statusOf(other)]).toEqual(['canceled', 'queued']);
  });
});
