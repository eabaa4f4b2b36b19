import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fleet } from '../../../test/support/fleet.ts';
import { until } from '../../../test/support/until.ts';

const schema = 'race_schedules';
let fleet: Fleet;

/** Nine processes on a busy machine of two cores take their time. */
const patience = { timeout: 300_000 };

/** Real processes on a temporary schema. */
beforeEach(async () => {
  fleet = await Fleet.create();
  Object.assign(fleet.env, { QUEUES: 'capture-sessions', DB_SCHEMA: schema });
  await node('server/migrate.ts');
});
afterEach(() => fleet.close());

interface Ended {
  code: number;
  stdout: string;
}

function node(...args: string[]): Promise<Ended> {
  return promisify(execFile)(process.execPath, args, { env: fleet.env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: Ended) => error,
  );
}

const runOnce = () => node('server/run-once.ts', 'capture-sessions');

const start = (role: 'starter' | 'worker', count: number) =>
  Promise.all(Array.from({ length: count }, (_, i) => fleet.start(role, { WORKER_ID: `${role}-${i + 1}` })));

const insert = (count: number) =>
  fleet.pool.query(`INSERT INTO ${schema}.capture_session SELECT FROM generate_series(1, $1)`, [count]);

async function firstRow(query: string): Promise<Record<string, unknown>> {
  return (await fleet.pool.query(query)).rows[0];
}

const sessionsDone = () =>
  firstRow(
    `SELECT count(*)::integer AS done FROM ${schema}.capture_session WHERE state = 'done' AND locked_at IS NULL`,
  );

/** The claims, who made them, and the schedules that came of them. */
const counts = () =>
  firstRow(`
    SELECT (SELECT count(*)::integer FROM switchyard.job_events WHERE to_status = 'processing') AS claims,
           (SELECT count(DISTINCT actor)::integer FROM switchyard.job_events WHERE to_status = 'processing') AS claimers,
           (SELECT count(*)::integer FROM ${schema}.schedule_version) AS versions,
           (SELECT count(DISTINCT session_id)::integer FROM ${schema}.schedule_version) AS sessions,
           (SELECT current_version FROM ${schema}.day_schedule) AS current_version`);

test('two starters and one session: one claims, one row is written', async () => {
  await Promise.all([start('starter', 2), start('worker', 1)]);
  await insert(1);
  await until(async () => (await sessionsDone())['done'] === 1);
  expect(await counts()).toEqual({ claims: 1, claimers: 1, versions: 1, sessions: 1, current_version: 1 });
});

test(
  'eight starters and 500 sessions: each is claimed once, 500 rows are written, no more',
  patience,
  async () => {
    await insert(500);
    await Promise.all([start('starter', 8), start('worker', 1)]);
    await until(async () => (await sessionsDone())['done'] === 500);
    const { claimers, ...rest } = await counts();
    expect(rest).toEqual({ claims: 500, versions: 500, sessions: 500, current_version: 1 });
    expect(claimers).toBeGreaterThan(1);
  },
);

test('two run-once commands and one session: one finalizes it, the other has nothing to do', async () => {
  await insert(1);
  const ended = await Promise.all([runOnce(), runOnce()]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0]);
  const said = ended.map(({ stdout }) => stdout.trim()).sort();
  expect(said).toEqual([expect.stringMatching(/^[0-9a-f-]{36}: done$/), 'nothing to do']);
  expect(await counts()).toMatchObject({ claims: 1, versions: 1, current_version: 1 });
});

test('the run-once command leaves all but one session, exits 1 for one that fails, and 0 when none waits', async () => {
  await insert(2);
  expect(await runOnce()).toMatchObject({ code: 0, stdout: expect.stringContaining(': done') });
  expect(await sessionsDone()).toEqual({ done: 1 });

  await fleet.pool.query(
    `ALTER TABLE ${schema}.schedule_version ADD CONSTRAINT never CHECK (false) NOT VALID`,
  );
  expect(await runOnce()).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/: failed — BAD_SCHEDULE — .*never/),
  });
  expect(await runOnce()).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to do') });
  expect(await counts()).toMatchObject({ claims: 2, versions: 1 });
});
