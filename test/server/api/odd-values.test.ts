import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../../src/platform/database.ts';
import { get } from '../../support/http.ts';
import { insertJob } from '../../support/jobs.ts';
import { startTestApi, type TestApi } from '../../support/server-api.ts';

/** A row may hold any value of its columns' types, whoever wrote it: it can be listed and looked at like others. */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

/** As Postgres takes them, and as the API answers them. */
const times: [given: string, answered: string][] = [
  ['infinity', 'infinity'],
  ['-infinity', '-infinity'],
  ['294276-12-31 23:59:59.999999+00', '+294276-12-31T23:59:59.999999Z'],
  ['290000-01-01 00:00:00+00', '+290000-01-01T00:00:00Z'],
  ['10000-01-01 00:00:00.5+00', '+010000-01-01T00:00:00.500Z'],
  ['0044-03-15 12:00:00+00 BC', '-000043-03-15T12:00:00.000Z'],
  ['4713-01-01 00:00:00+00 BC', '-004712-01-01T00:00:00.000Z'],
];

/** Sets all times of all rows of a table, past its triggers. */
async function setTimes(table: string, time: string): Promise<void> {
  await inTransaction(api.pool, async (tx) => {
    await tx.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    const { rows } = await tx.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND atttypid = 'timestamptz'::regtype AND attgenerated = ''`,
      [table],
    );
    await tx.query(`UPDATE ${table} SET ${rows.map(({ name }) => `${name} = $1`).join(', ')}`, [time]);
    await tx.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  });
}

const answerOf = async (path: string) => {
  const answer = await get(api, path);
  expect([path, answer.status, answer.text]).toEqual([path, 200, expect.any(String)]);
  return answer.json();
};
const first = async (statement: string): Promise<string> =>
  String((await api.pool.query<{ id: unknown }>(`${statement} RETURNING id`)).rows[0]?.id);

describe('a time that a JavaScript Date cannot hold', () => {
  test.each(times)('is listed with all jobs, in order: %s', async (time, answered) => {
    await api.pool.query('TRUNCATE jobs CASCADE');
    const ids = [await insertJob(api.pool), await insertJob(api.pool), await insertJob(api.pool)];
    await setTimes('jobs', time);
    await insertJob(api.pool);
    const seen: unknown[] = [];
    let cursor: unknown = null;
    do {
      const page = await answerOf(`/api/jobs?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...(page['jobs'] as { id: string }[]).map(({ id }) => id));
      cursor = page['nextCursor'];
    } while (cursor !== null);
    expect(seen).toHaveLength(4);
    expect(seen).toEqual(expect.arrayContaining(ids));
    const [id] = ids;
    expect(await answerOf(`/api/jobs/${id}`)).toMatchObject({
      createdAt: answered,
      runAt: answered,
      startedAt: answered,
    });
    await api.pool.query(
      `INSERT INTO switchyard.job_events (at, queue, job_id, attempt, to_status, actor) VALUES ($1, 'invoices', $2, 0, 'queued', 'x')`,
      [time, id],
    );
    const { events } = await answerOf(`/api/jobs/${id}/events`);
    expect(events).toContainEqual(expect.objectContaining({ at: answered }));
  });

  describe.each(times)('%s', (time, answered) => {
    beforeEach(async () => {
      await api.pool.query(
        'TRUNCATE public.builds, switchyard.redrives, switchyard.pauses, ops.runs CASCADE',
      );
    });

    test('is returned for builds and deployments', async () => {
      const build = await first(`INSERT INTO public.builds (repository) VALUES ('/srv/x.git')`);
      const deployment = await first(
        `INSERT INTO public.deployments (build_id, environment) VALUES (${build}, 'staging')`,
      );
      await setTimes('public.builds', time);
      await setTimes('public.deployments', time);
      expect(await answerOf(`/api/builds/${build}`)).toMatchObject({
        createdAt: answered,
        startedAt: answered,
      });
      expect(await answerOf(`/api/deployments/${deployment}`)).toMatchObject({ completedAt: answered });
    });

    test('is returned for agent runs', async () => {
      const id = await first(
        `INSERT INTO ops.runs (session_id, lane, plan) VALUES (gen_random_uuid(), 'A', '{}')`,
      );
      await setTimes('ops.runs', time);
      expect(await answerOf(`/api/agent-runs/${id}`)).toMatchObject({
        createdAt: answered,
        claimedAt: answered,
      });
    });

    test('is returned for redrives and pauses', async () => {
      const id = await first(`INSERT INTO switchyard.redrives (queue, reason) VALUES ('invoices', 'x')`);
      await api.pool.query(`SELECT switchyard.pause('queue', 'invoices', NULL, NULL, 'x')`);
      await setTimes('switchyard.redrives', time);
      await api.pool.query('UPDATE switchyard.pauses SET paused_at = $1', [time]);
      expect(await answerOf('/api/redrives')).toMatchObject({ redrives: [{ createdAt: answered }] });
      expect(await answerOf(`/api/redrives/${id}`)).toMatchObject({ endedBefore: answered });
      expect(await answerOf('/api/queues')).toMatchObject({ queues: expect.any(Array) });
      expect(await answerOf('/api/queues/invoices')).toMatchObject({ pauses: [{ pausedAt: answered }] });
    });
  });
});

test('the least and greatest numbers of a type, and NaN, are returned', async () => {
  const id = await insertJob(api.pool, { priority: -2_147_483_648, attempt: 2_147_483_647 });
  await api.pool.query(`UPDATE jobs SET size_bytes = 9223372036854775807 WHERE id = $1`, [id]);
  expect(await answerOf(`/api/jobs/${id}`)).toMatchObject({
    priority: -2_147_483_648,
    attempt: 2_147_483_647,
  });
  await api.pool.query(`INSERT INTO switchyard.limits (queue, starts_per_second) VALUES ('invoices', 'NaN')`);
  expect(await answerOf('/api/queues/invoices')).toMatchObject({ limits: { startsPerSecond: null } });
});
