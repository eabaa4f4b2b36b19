import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyQueue } from '../../src/starter/verify.ts';
import { until } from '../support/jobs.ts';
import { createSessions, type Sessions } from '../support/sessions.ts';

let sessions: Sessions;
beforeAll(async () => {
  sessions = await createSessions();
  await sessions.startWorker();
});
afterAll(() => sessions.close());

const versionsOf = async (id: string) =>
  (await sessions.versions()).filter((version) => version['session_id'] === id);

/** Starts what waits until the session is in that state. */
async function runUntil(id: string, state: string) {
  return until(async () => {
    await sessions.starter.runOnce();
    const row = await sessions.read(id);
    return row.state === state && row;
  });
}

test('the definition fits the table of the migration', async () => {
  await expect(verifyQueue(sessions.pool, sessions.queue)).resolves.toBeUndefined();
});

test('one session becomes one schedule version, moves its day, and ends as done with its lease cleared', async () => {
  const id = await sessions.insert();
  expect(await runUntil(id, 'done')).toMatchObject({ locked_at: null, locked_by: null, error: null });
  expect(await versionsOf(id)).toMatchObject([
    {
      version: 1,
      payload: { stub: true },
      // printf '{"stub":true}' | sha256sum
      payload_hash: '90b1dd9fb4bebb8ed1d71b570547080958e1401a07a2e6a19f68165c4ea1f31a',
    },
  ]);
  const { rows } = await sessions.pool.query(
    'SELECT schedule_date::text, current_version FROM schedule_ingest.day_schedule',
  );
  expect(rows).toEqual([{ schedule_date: '2000-01-01', current_version: 1 }]);
});

describe('a session that is done', () => {
  test('and set back to pending is done again, and writes nothing more', async () => {
    const id = await sessions.insert();
    await runUntil(id, 'done');
    await sessions.pool.query(`UPDATE schedule_ingest.capture_session SET state = 'pending' WHERE id = $1`, [
      id,
    ]);
    expect(await runUntil(id, 'done')).toMatchObject({ attempt: 2 });
    expect(await versionsOf(id)).toHaveLength(1);
  });
});
