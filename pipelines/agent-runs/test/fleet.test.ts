import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileCache } from '../../../server/dev/roles.ts';
import { Fleet } from '../../../test/support/fleet.ts';
import { until } from '../../../test/support/until.ts';
import { call, createRepository, insertRun, serverFile, verification } from './support/agents.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await Fleet.create();
  await mkdir(fleet.folder, { recursive: true });
  Object.assign(fleet.env, {
    QUEUES: 'agent-runs',
    AGENT_REPOSITORY: await createRepository(fleet.folder),
    AGENT_WORKSPACES: join(fleet.folder, 'workspaces'),
    MCP_SERVERS: JSON.stringify({
      tools: { command: process.execPath, args: [serverFile], env: compileCache },
    }),
  });
}, 60_000);
afterAll(() => fleet.close());

test('three processes of four places each run twelve runs at once, no more, no two of a lane, and none of them stuck', async () => {
  const released = join(fleet.folder, 'released');
  const sessions = Array.from({ length: 16 }, (_, i) => `s${i % 7}`);
  const plan = [call('work', 'wait_for_file', { path: released })];
  for (const [i, session] of sessions.entries())
    await insertRun(fleet.pool, plan, { session, lane: i >= 7 && i < 14 ? 'B' : 'A' });
  await Promise.all(
    [1, 2, 3].flatMap((n) => [
      fleet.start('worker', { WORKER_ID: `w${n}` }),
      fleet.start('starter', { WORKER_ID: `w${n}` }),
    ]),
  );
  // By heartbeats alone: twelve at work, four in each process.
  await until(async () => {
    const { rows } = await fleet.pool.query<{ runs: number }>(
      `SELECT count(*)::int AS runs FROM ops.runs WHERE status = 'running' AND heartbeat_at IS NOT NULL GROUP BY claimed_by`,
    );
    return rows.length === 3 && rows.every(({ runs }) => runs === 4);
  });
  // Long enough that one without further heartbeats would be taken for stuck.
  const { rows: seen } = await fleet.pool.query<{ at: string }>('SELECT now()::text AS at');
  await until(async () => {
    const later = `SELECT now() > $1::timestamptz + interval '11 seconds' AS later`;
    const { rows } = await fleet.pool.query<{ later: boolean }>(later, [seen[0]?.at]);
    return rows[0]?.later;
  });
  const stuck = await fleet.pool.query(await verification('Stuck runs'));
  const working = await fleet.pool.query(`SELECT FROM ops.runs WHERE status = 'running'`);
  expect({ stuck: stuck.rows, working: working.rowCount }).toEqual({ stuck: [], working: 12 });
  await writeFile(released, '');
  await until(async () => {
    const { rows } = await fleet.pool.query(
      `SELECT FROM ops.runs WHERE status NOT IN ('succeeded', 'failed')`,
    );
    return rows.length === 0;
  });
  const { rows } = await fleet.pool.query(`
    WITH moves AS (
      SELECT event.id, run.lane_key, run.status,
             CASE 'processing' WHEN event.to_status THEN 1 WHEN event.from_status THEN -1 END AS step
        FROM switchyard.job_events AS event JOIN ops.runs AS run ON run.id::text = event.job_id
       WHERE event.queue = 'agent-runs' AND 'processing' IN (event.from_status, event.to_status)
    ), counted AS (
      SELECT status, sum(step) OVER (ORDER BY id) AS together, sum(step) OVER (PARTITION BY lane_key ORDER BY id) AS in_lane
        FROM moves)
    SELECT max(together)::int AS together, max(in_lane)::int AS in_lane, bool_and(status = 'succeeded') AS well FROM counted`);
  expect(rows).toEqual([{ together: 12, in_lane: 1, well: true }]);
});
