import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { type BuildPipeline, createBuildPipeline, insertTask, makeRepository } from './support/builds.ts';

const environments = ['dev', 'test', 'staging', 'production', 'demo'];
const deployments = 200;

let pipeline: BuildPipeline;
beforeAll(async () => {
  pipeline = await createBuildPipeline();
});
afterAll(() => pipeline.close());

/** For each moment at which one begins: how many are ongoing in its environment, by the audit. */
const mostAtOnce = `
  SELECT max(ongoing)::int AS most FROM (
    SELECT sum(CASE entry.action WHEN 'DEPLOYMENT_STARTED' THEN 1 ELSE -1 END)
             OVER (PARTITION BY environment ORDER BY entry.id) AS ongoing
      FROM switchyard.audit_entries AS entry JOIN deployments ON deployments.id::text = entry.task_id
     WHERE entry.action IN ('DEPLOYMENT_STARTED', 'DEPLOYMENT_SUCCEEDED', 'DEPLOYMENT_FAILED')) AS moments`;

test('8 starters and 200 deployments on 5 environments: never two ongoing in one, and all of them end', async () => {
  const { pool } = pipeline;
  const folder = join(pipeline.folder, 'repositories', 'site');
  await makeRepository(folder, { 'build.sh': 'mkdir dist && echo live > dist/index.html' });
  await pipeline.startWorker();
  const build = await insertTask(pool, 'builds', { repository: folder });
  await pipeline.untilStatus('builds', build, 'succeeded');
  const first = Number(build) + 1;
  await pool.query(
    `INSERT INTO deployments (id, build_id, environment) OVERRIDING SYSTEM VALUE
     SELECT $1::bigint + n, $2, ($3::text[])[1 + n % 5] FROM generate_series(1, $4::int) AS n`,
    [first, build, environments, deployments],
  );
  const stop = new AbortController();
  const starters = Array.from({ length: 8 }, async (_, i) => {
    const own = pipeline.starters(`starter-${i}`);
    while (!stop.signal.aborted) {
      for (const starter of own) {
        // As the starter's loop does; without a pause eight of them leave the worker beside them no time.
        if ((await starter.runOnce()).started === 0) await sleep(50);
      }
    }
  });
  const left = `SELECT count(*)::int AS left FROM deployments WHERE status IN ('pending', 'ongoing')`;
  await until(async () => (await pool.query(left)).rows[0].left === 0).finally(() => stop.abort());
  await Promise.all(starters);

  expect((await pool.query(mostAtOnce)).rows).toEqual([{ most: 1 }]);
  const { rows } = await pool.query(
    `SELECT status, count(*)::int, max(attempt) AS attempts, count(DISTINCT environment)::int AS environments
       FROM deployments GROUP BY status`,
  );
  expect(rows).toEqual([{ status: 'succeeded', count: deployments, attempts: 1, environments: 5 }]);
});

test('two ongoing in one environment are refused by the database itself', async () => {
  const { pool } = pipeline;
  const build = await insertTask(pool, 'builds', { repository: '/r', status: 'succeeded' });
  const fields = {
    build_id: build,
    environment: 'exclusive',
    status: 'ongoing',
    run_id: 'r',
    started_at: new Date(),
  };
  await insertTask(pool, 'deployments', fields);
  await expect(insertTask(pool, 'deployments', fields)).rejects.toThrow('deployments_one_ongoing_idx');
});
