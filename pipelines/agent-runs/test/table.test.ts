import type pg from 'pg';
import { expect, test } from 'vitest';
import { migrateAll } from '../../../server/migrations.ts';
import { loadSettings } from '../../../server/settings.ts';
import { createJobActivities } from '../../../src/activities/rows/transitions.ts';
import { JobWait, RowLost } from '../../../src/activities/work/interruptions.ts';
import { createPool } from '../../../src/platform/database.ts';
import type { JobRun } from '../../../src/queues/job.ts';
import { ClaimMemory } from '../../../src/starter/claim.ts';
import { verifyQueue } from '../../../src/verify/queues.ts';
import { claimOnce } from '../../../test/support/claims.ts';
import { createEmptyDatabase } from '../../../test/support/database.ts';
import { silentLogger } from '../../../test/support/logger.ts';
import { agentRunsQueue } from '../queue.ts';
import { type PlanProgress, saveProgress } from '../run/progress.ts';
import { verification } from './support/agents.ts';

/** The table as others had it before. */
const original = `
  CREATE SCHEMA ops;
  CREATE TABLE ops.runs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), session_id uuid NOT NULL, lane char(1) NOT NULL,
    status text NOT NULL DEFAULT 'queued', priority integer NOT NULL DEFAULT 0, plan jsonb NOT NULL,
    claimed_by text, claimed_at timestamptz, heartbeat_at timestamptz, canceled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz, result jsonb, error text);
  INSERT INTO ops.runs (session_id, lane, plan, status)
  SELECT '00000000-0000-0000-0000-000000000001', 'A', '[]',
         CASE WHEN n <= 10000 THEN 'succeeded' WHEN n = 10001 THEN 'queued' ELSE 'running' END
    FROM generate_series(1, 10003) AS n;
  CREATE VIEW ops.file AS SELECT pg_relation_filenode('ops.runs') AS node;
  CREATE TABLE ops.before AS SELECT node FROM ops.file`;

async function onOwnDatabase(work: (url: string, pool: pg.Pool) => Promise<void>): Promise<void> {
  const { url, drop } = await createEmptyDatabase();
  const pool = createPool({
    connectionString: url,
    applicationName: 'test',
    max: 3,
    onError: () => undefined,
  });
  try {
    await work(url, pool);
  } finally {
    await pool.end();
    await drop();
  }
}

test('a table that is there is adopted: its rows stay, nothing is rewritten, and what waits can be claimed', () =>
  onOwnDatabase(async (url, pool) => {
    await pool.query(original);
    await migrateAll(url, silentLogger, loadSettings({}));
    await verifyQueue(pool, agentRunsQueue(loadSettings({})));
    const { rows } = await pool.query(
      `SELECT status, lane_key, count(*)::int AS runs, bool_and(attempt = 0) AS new FROM ops.runs GROUP BY 1, 2 ORDER BY 1`,
    );
    const lane = '00000000-0000-0000-0000-000000000001 A';
    expect(rows).toEqual([
      { status: 'queued', lane_key: lane, runs: 1, new: true },
      { status: 'running', lane_key: lane, runs: 2, new: true },
      { status: 'succeeded', lane_key: null, runs: 10_000, new: true },
    ]);
    expect((await pool.query('SELECT FROM ops.before JOIN ops.file USING (node)')).rowCount).toBe(1);
    await pool.query(`UPDATE ops.runs SET status = 'queued' WHERE status = 'running' AND run_id IS NULL`);
    expect((await pool.query(`SELECT FROM ops.runs WHERE status = 'queued'`)).rowCount).toBe(3);
  }));

test('a lane has one run under way, also where the limits allow two, and one that waits for an answer holds it', () =>
  onOwnDatabase(async (url, pool) => {
    await migrateAll(url, silentLogger, loadSettings({}));
    await pool.query(`
      INSERT INTO switchyard.limits (queue, in_flight_per_key) VALUES ('agent-runs', 2)
        ON CONFLICT (queue) DO UPDATE SET in_flight_per_key = 2;
      INSERT INTO ops.runs (session_id, plan) SELECT 's', '[]' FROM generate_series(1, 2)`);
    const queue = agentRunsQueue(loadSettings({}));
    const jobs = createJobActivities({ pool, queues: [queue], workerId: 'worker-1', log: silentLogger });
    const claimed = await claimOnce(pool, { ...queue, batch: 2 });
    const [id = '', behind = ''] = [claimed.started[0]?.id, claimed.left[0]?.id];
    expect(claimed.left).toEqual([{ id: behind, attempt: 0, refusals: 0, why: 'kept out' }]);

    const run = (jobId: string) => ({
      queue: 'agent-runs',
      jobId,
      requestId: null,
      runIds: [`run of ${jobId}`],
    });
    const asked = { step: 'approve', message: '?', schema: { properties: {} }, answerWithinMs: 60_000 };
    expect(await jobs.park(run(id), asked)).toMatchObject({ step: 'approve' });
    await expect(jobs.begin(run(behind))).rejects.toBeInstanceOf(JobWait);
    await pool.query(`UPDATE ops.runs SET answer = '{"step": "approve", "value": {}}' WHERE id = $1`, [id]);
    expect(await jobs.begin(run(id))).toMatchObject({ kind: 'mine', attempt: 1 });
    await expect(jobs.begin(run(behind))).rejects.toBeInstanceOf(JobWait);
    expect(await jobs.complete(run(id), async () => ({ result: {} }))).toBe(true);
    expect(await jobs.begin(run(behind))).toMatchObject({ kind: 'mine', attempt: 1 });
  }));

test('sessions take turns, however many lanes each has, and so do the lanes of one', () =>
  onOwnDatabase(async (url, pool) => {
    await migrateAll(url, silentLogger, loadSettings({}));
    await pool.query(`
      INSERT INTO ops.runs (session_id, lane, plan)
      SELECT session, lane, '[]'
        FROM unnest('{wide,wide,wide,narrow}'::text[], '{A,B,C,D}'::text[]) AS one (session, lane), generate_series(1, 4)`);
    const queue = { ...agentRunsQueue(loadSettings({})), maxInFlight: 1 };
    const memory = new ClaimMemory();
    const went: string[] = [];
    for (let i = 0; i < 6; i++) {
      await claimOnce(pool, queue, { memory });
      const ended = `UPDATE ops.runs SET status = 'succeeded', finished_at = now() WHERE status = 'running' RETURNING lane_key`;
      went.push(...(await pool.query<{ lane_key: string }>(ended)).rows.map((row) => row.lane_key));
    }
    expect(went).toEqual(['narrow D', 'wide A', 'narrow D', 'wide B', 'narrow D', 'wide C']);
  }));

test('the shipped verification queries show who works, what was claimed, and runs that are stuck', () =>
  onOwnDatabase(async (url, pool) => {
    await migrateAll(url, silentLogger, loadSettings({}));
    await pool.query(`
      INSERT INTO ops.runs (session_id, plan, status, run_id, claimed_by, claimed_at, heartbeat_at) VALUES
        ('works', '[]', 'running', 'r1', 'w1', now(), now()),
        ('begins', '[]', 'running', 'r2', 'w1', now(), NULL),
        ('stuck', '[]', 'running', 'r3', 'w2', now(), now() - interval '11 seconds')`);
    const ask = async (about: string) => (await pool.query(await verification(about))).rows;
    expect(await ask('Active workers')).toMatchObject([
      { claimed_by: 'w1', running: '2' },
      { claimed_by: 'w2', running: '1' },
    ]);
    expect(await ask('Recent claims')).toHaveLength(3);
    expect(await ask('Stuck runs')).toMatchObject([{ session_id: 'stuck' }]);
    expect(await ask('Lanes with more than one run')).toEqual([]);
    expect(await ask('What waits for a person')).toEqual([]);
  }));

test('of two tries of one run the first to end a step goes on, and the other begins with what that did', () =>
  onOwnDatabase(async (url, pool) => {
    await migrateAll(url, silentLogger, loadSettings({}));
    const { rows } = await pool.query<{ id: string }>(
      `INSERT INTO ops.runs (session_id, plan, status, run_id) VALUES ('s', '[]', 'running', 'run-1') RETURNING id`,
    );
    const run = { queue: 'agent-runs', jobId: rows[0]?.id ?? '', requestId: null, runIds: ['run-1'] };
    const at = (...done: string[]) => ({ base: 'a', commit: done.join(), done, answers: {} });
    const published: string[] = [];
    const save = (by: string, own: JobRun, before: PlanProgress | undefined, after: PlanProgress) =>
      saveProgress(pool, own, { before, after }, async () => void published.push(by));
    await save('the first', run, undefined, at('one'));
    await expect(save('the late one', run, undefined, at('one'))).rejects.toBeInstanceOf(JobWait);
    await save('the first', run, at('one'), at('one', 'two'));
    const other = { ...run, runIds: ['run-2'] };
    await expect(save('another run', other, at('one', 'two'), at())).rejects.toBeInstanceOf(RowLost);
    expect(published).toEqual(['the first', 'the first']);
    const { rows: saved } = await pool.query("SELECT progress -> 'done' AS done FROM ops.runs");
    expect(saved).toEqual([{ done: ['one', 'two'] }]);
  }));

test('a lane that is none is refused in a sentence', () =>
  onOwnDatabase(async (url, pool) => {
    await migrateAll(url, silentLogger, loadSettings({}));
    await expect(
      pool.query(`INSERT INTO ops.runs (session_id, lane, plan) VALUES ('s', 'E', '[]')`),
    ).rejects.toMatchObject({
      message: "an agent run has the lane A, B, C or D; got 'E'",
      hint: expect.stringContaining('leave it out for A'),
      constraint: 'runs_lane_known',
    });
  }));
