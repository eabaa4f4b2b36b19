import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobTransitions } from '../../../src/activities/rows/transitions.ts';
import { createPool, type Pool } from '../../../src/platform/database.ts';
import { activityEnvironment, applicationFailure } from '../../../test/support/activity.ts';
import { silentLogger as log } from '../../../test/support/logger.ts';
import { createBuildActivities } from '../build-repository.ts';

const run = { queue: 'builds', jobId: '7', requestId: null, runIds: ['run-1'] };
const row = {
  job_status: 'ongoing',
  job_run_id: 'run-1',
  job_attempt: 1,
  repository: '/nowhere',
  branch: 'x',
};
const jobs = {
  begin: async () => ({ kind: 'mine', row, attempt: 1 }),
} as Partial<JobTransitions> as JobTransitions;

let root: string;
let pool: Pool;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchyard-late-'));
  pool = createPool({
    connectionString: 'postgres://nobody@127.0.0.1:1/nothing', // no server listens there
    applicationName: 'test',
    max: 1,
    onError: () => undefined,
  });
});
afterEach(async () => {
  await pool.end();
  await rm(root, { recursive: true, force: true });
});

/** A try that Temporal scheduled at this time, in milliseconds. It fails: there is no such repository. */
async function tryBuild(currentAttemptScheduledTimestampMs: number): Promise<void> {
  const options = { root, env: {}, repositories: { prefixes: [], localRoots: [] } };
  const { buildRepository } = createBuildActivities(
    { jobs, pool, log },
    options as unknown as Parameters<typeof createBuildActivities>[1],
  );
  await applicationFailure(
    activityEnvironment({ currentAttemptScheduledTimestampMs }).run(() => buildRepository(run)),
  );
}

test('a try that was thought lost, and begins after the one that came in its place, leaves it its folder', async () => {
  const successor = 'try-2000000-abcdef';
  await mkdir(join(root, run.jobId, successor), { recursive: true });
  await tryBuild(1_000);
  expect(await readdir(join(root, run.jobId))).toContain(successor);
});

test('a later try removes what an earlier one left', async () => {
  await mkdir(join(root, run.jobId, 'try-2000000-abcdef'), { recursive: true });
  await tryBuild(3_000);
  expect(await readdir(join(root, run.jobId))).not.toContain('try-2000000-abcdef');
});
