import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { servedQueues } from '../../../server/queues.ts';
import { loadSettings } from '../../../server/settings.ts';
import type { Pool } from '../../../src/platform/database.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { claimOnce } from '../../../test/support/claims.ts';
import { eachTestHasPool } from '../../../test/support/database.ts';
import { until } from '../../../test/support/until.ts';
import { insertTask, readTask } from './support/builds.ts';

let pool: Pool;
eachTestHasPool((opened) => {
  pool = opened;
});

const queueOf = (name: string, queues = 'builds,deployments'): QueueDefinition => {
  const found = servedQueues(loadSettings({ QUEUES: queues })).find((queue) => queue.name === name);
  if (found === undefined) throw new Error(`no queue ${name}`);
  return found;
};

/** Answers the ids of what was claimed. */
async function claim(queue: QueueDefinition): Promise<string[]> {
  const { started } = await claimOnce(pool, queue, { runIdOf: () => randomBytes(8).toString('hex') });
  return started.map(({ id }) => id);
}

const insertBuild = (fields: Record<string, unknown> = {}) =>
  insertTask(pool, 'builds', { repository: '/r', ...fields });
const end = (id: string, status: string) =>
  pool.query(`UPDATE builds SET status = $2, error_code = 'X' WHERE id = $1`, [id, status]);
/** Until the statement waits for a lock of another, or is over. */
async function blockedOrDone(statement: Promise<unknown>): Promise<void> {
  let done = false;
  void statement.finally(() => {
    done = true;
  });
  const blocked = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await until(async () => done || (await pool.query(blocked)).rowCount === 1);
}

const runAtOf = async (id: string) => (await readTask(pool, 'deployments', id)).run_at;

describe('tasks are claimed', () => {
  test('oldest pending first', async () => {
    const builds = { ...queueOf('builds'), batch: 1 };
    const young = await insertBuild({ created_at: new Date('2030-01-02') });
    const old = await insertBuild({ created_at: new Date('2030-01-01') });
    expect([...(await claim(builds)), ...(await claim(builds))]).toEqual([old, young]);
  });

  test('builds before deployments', async () => {
    const succeeded = await insertBuild({ status: 'succeeded' });
    const build = await insertBuild({ created_at: new Date('2030-01-02') });
    const fields = { build_id: succeeded, environment: 'e', created_at: new Date('2030-01-01') };
    const deployment = await insertTask(pool, 'deployments', fields);
    expect(await claim(queueOf('deployments'))).toEqual([]);
    expect(await claim(queueOf('builds'))).toEqual([build]);
    expect(await claim(queueOf('deployments'))).toEqual([deployment]);
  });

  test('deployments without builds where a process serves these alone', async () => {
    const succeeded = await insertBuild({ status: 'succeeded' });
    await insertBuild();
    const deployment = await insertTask(pool, 'deployments', { build_id: succeeded, environment: 'e' });
    expect(await claim(queueOf('deployments', 'deployments'))).toEqual([deployment]);
  });

  test('one of an environment at a time, and the blocked one blocks no other', async () => {
    const deployments = queueOf('deployments');
    const build_id = await insertBuild({ status: 'succeeded' });
    const deploy = (environment: string) => insertTask(pool, 'deployments', { build_id, environment });
    const first = await deploy('a');
    const blocked = await deploy('a');
    const other = await deploy('b');
    expect((await claim(deployments)).sort()).toEqual([first, other].sort());
    expect(await claim(deployments)).toEqual([]);
    expect(await readTask(pool, 'deployments', blocked)).toMatchObject({ status: 'pending' });
    await pool.query(`UPDATE deployments SET status = 'succeeded' WHERE id = $1`, [first]);
    expect(await claim(deployments)).toEqual([blocked]);
  });
});

describe('a deployment', () => {
  let build: string;
  beforeEach(async () => {
    build = await insertBuild();
  });
  const deploy = (fields: Record<string, unknown> = {}) =>
    insertTask(pool, 'deployments', { build_id: build, environment: 'e', ...fields });

  test.each(['succeeded', 'failed', 'canceled'])('waits until its build is %s', async (status) => {
    const id = await deploy();
    expect(await runAtOf(id)).toBe('infinity');
    await claim(queueOf('builds'));
    expect(await runAtOf(id)).toBe('infinity');
    await end(build, status);
    expect(await runAtOf(id)).toBeNull();
  });

  test('waits for a build that ends in the same moment, whichever commits first', async () => {
    await claim(queueOf('builds'));
    const ending = await pool.connect();
    await ending.query('BEGIN');
    await ending.query(`UPDATE builds SET status = 'succeeded' WHERE id = $1`, [build]);
    const inserting = deploy();
    await blockedOrDone(inserting);
    await ending.query('COMMIT');
    ending.release();
    expect(await runAtOf(await inserting)).toBeNull();

    await pool.query(`UPDATE builds SET status = 'pending' WHERE id = $1`, [build]);
    await claim(queueOf('builds'));
    const waiting = await pool.connect();
    await waiting.query('BEGIN');
    const { rows } = await waiting.query(
      `INSERT INTO deployments (build_id, environment) VALUES ($1, 'e') RETURNING id, run_at`,
      [build],
    );
    const ended = end(build, 'succeeded');
    await blockedOrDone(ended);
    await waiting.query('COMMIT');
    waiting.release();
    await ended;
    expect(await runAtOf(rows[0].id)).toBeNull();
  });

  test('with a time of its own keeps it, and then waits for its build', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000);
    const id = await deploy({ run_at: tomorrow });
    await end(build, 'canceled');
    expect(await runAtOf(id)).toEqual(tomorrow);
    await pool.query(`UPDATE builds SET status = 'pending' WHERE id = $1`, [build]);
    await pool.query('UPDATE deployments SET run_at = NULL WHERE id = $1', [id]);
    expect(await runAtOf(id)).toBe('infinity');
  });

  test('is held back when its build waits again', async () => {
    await claim(queueOf('builds'));
    await end(build, 'failed');
    const id = await deploy();
    expect(await runAtOf(id)).toBeNull();
    await pool.query(`UPDATE builds SET status = 'pending' WHERE id = $1`, [build]);
    expect(await runAtOf(id)).toBe('infinity');
  });

  test('that waits for its build can be canceled', async () => {
    const id = await deploy();
    await pool.query('UPDATE deployments SET cancel_requested_at = now() WHERE id = $1', [id]);
    expect(await readTask(pool, 'deployments', id)).toMatchObject({ status: 'canceled' });
  });

  test.each([
    ['goes when that has ended meanwhile', 'succeeded', null],
    ['waits again while that has not', 'ongoing', 'infinity'],
  ])('that was canceled while it waited for its build, and is set back, %s', async (_, status, runAt) => {
    const id = await deploy();
    await pool.query('UPDATE deployments SET cancel_requested_at = now() WHERE id = $1', [id]);
    await claim(queueOf('builds'));
    await end(build, status);
    await pool.query(`UPDATE deployments SET status = 'pending' WHERE id = $1`, [id]);
    expect(await runAtOf(id)).toBe(runAt);
  });

  test('goes with its build', async () => {
    await deploy();
    await pool.query('DELETE FROM builds WHERE id = $1', [build]);
    expect((await pool.query('SELECT FROM deployments')).rowCount).toBe(0);
  });
});

describe('the audit', () => {
  test('tells each move, when, by whom and of which task, and a ROLLBACK takes it along', async () => {
    const id = await insertBuild();
    await claim(queueOf('builds'));
    await pool.query(`BEGIN; UPDATE builds SET status = 'failed'; ROLLBACK`);
    await pool.query(`UPDATE builds SET status = 'failed', error = 'no compiler' WHERE id = $1`, [id]);
    const { rows } = await pool.query(
      'SELECT action, who, queue, task_id, detail, at FROM switchyard.audit_entries',
    );
    const named = { who: 'test', queue: 'builds', task_id: id, at: expect.any(Date) };
    expect(rows).toEqual([
      { action: 'BUILD_STARTED', ...named, detail: null },
      { action: 'BUILD_FAILED', ...named, detail: 'no compiler' },
    ]);
  });

  test('tells what was recovered', async () => {
    const id = await insertBuild();
    await claim(queueOf('builds'));
    await pool.query(`UPDATE builds SET status = 'pending' WHERE id = $1`, [id]);
    await claim(queueOf('builds'));
    await pool.query(`UPDATE builds SET run_id = 'reset' WHERE id = $1`, [id]);
    const { rows } = await pool.query('SELECT action FROM switchyard.audit_entries ORDER BY id');
    const actions = ['BUILD_STARTED', 'BUILD_RECOVERY', 'BUILD_STARTED', 'BUILD_RECOVERY'];
    expect(rows.map(({ action }) => action)).toEqual(actions);
  });

  test.each([
    `UPDATE switchyard.audit_entries SET who = 'nobody'`,
    'DELETE FROM switchyard.audit_entries',
    'TRUNCATE switchyard.audit_entries',
  ])('is append-only: %s', async (statement) => {
    await insertBuild();
    await claim(queueOf('builds'));
    await expect(pool.query(statement)).rejects.toThrow('append-only');
  });

  test('takes no other entry by hand', async () => {
    const note = `SELECT switchyard.note_audit('BUILD_SUCCEEDED', 'builds', '1', NULL, NULL)`;
    await expect(pool.query(note)).rejects.toThrow('no action that is noted by hand');
  });
});
