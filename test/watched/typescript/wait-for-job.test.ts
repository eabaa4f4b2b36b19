import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancel, createPool, defineQueue, enqueue, type Pool, waitForJob } from '../../../src/index.ts';
import { createLettersDatabase } from '../../support/letters/database.ts';

const emails = defineQueue<() => Promise<{ sent: boolean }>>('emails', {
  workflow: 'sendEmail',
  taskQueue: 'mail',
});

let database: Awaited<ReturnType<typeof createLettersDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createLettersDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    max: 3,
    onError: () => undefined,
  });
  await pool.query(`SELECT switchyard.create_queue('emails', 'sendEmail', 'mail')`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Counts how often it is asked, and calls `atThird` before the third answer. */
function watched(atThird: () => Promise<unknown>) {
  let asked = 0;
  return {
    query: async (text: string, values: (string | null)[]) => {
      asked += 1;
      if (asked === 3) await atThird();
      return pool.query(text, values);
    },
  };
}

test('answers the job with its result once it is complete', async () => {
  const id = await enqueue(pool, emails);
  const job = await waitForJob(
    watched(async () => {
      await pool.query(
        `UPDATE switchyard_jobs.emails SET status = 'processing', run_id = 'r' WHERE id = $1`,
        [id],
      );
      await pool.query(
        `UPDATE switchyard_jobs.emails SET status = 'complete', completed_at = now(), result = '{"sent": true}' WHERE id = $1`,
        [id],
      );
    }),
    emails,
    id,
  );
  expect(job).toMatchObject({ id, status: 'complete', result: { sent: true } });
});

test('answers a job that was canceled too, and undefined at once for one that is not there', async () => {
  const id = await enqueue(pool, emails);
  const db = watched(() => cancel(pool, emails, id));
  expect(await waitForJob(db, 'emails', id)).toMatchObject({ status: 'canceled' });
  expect(await waitForJob(pool, emails, '11111111-2222-3333-4444-555555555555')).toBeUndefined();
});

test('throws when the time is over, with the job and why it waits', async () => {
  const id = await enqueue(pool, emails);
  await expect(waitForJob(pool, emails, id, { timeoutMs: 1 })).rejects.toMatchObject({
    name: 'JobNotEndedError',
    message: `job ${id} of queue "emails" has not ended within 1 ms: it is queued: its turn has not come`,
    job: { id, status: 'queued' },
  });
});

test('throws the reason of a signal that is aborted', async () => {
  const id = await enqueue(pool, emails);
  const leaving = new AbortController();
  const db = watched(async () => leaving.abort(new Error('the request is gone')));
  await expect(waitForJob(db, emails, id, { signal: leaving.signal })).rejects.toThrow('the request is gone');
});
