import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveProgress } from '../../pipelines/agent-runs/run/progress.ts';
import { createBuildActivities } from '../../pipelines/builds/build-repository.ts';
import { createDeploymentActivities } from '../../pipelines/builds/deploy-build.ts';
import type { JobTransitions } from '../../src/activities/rows/transitions.ts';
import { DatabaseAway } from '../../src/activities/work/interruptions.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { Interruption } from '../../src/queues/interruption.ts';
import type { JobOutcome, JobRun } from '../../src/queues/job.ts';
import { createFolderStore } from '../../src/storage/folder-store.ts';
import { activityEnvironment, applicationFailure } from '../support/activity.ts';
import { silentLogger as log } from '../support/logger.ts';

/** The database goes away after the job has begun: no failure of the job, which goes on when it is back. */

const run: JobRun = { queue: 'builds', jobId: '7', requestId: null, runIds: ['run-1'] };
const row = {
  job_status: 'ongoing',
  job_run_id: 'run-1',
  job_attempt: 1,
  environment: 'staging',
  build_id: '7',
};
const jobs = {
  begin: async () => ({ kind: 'mine', row, attempt: 1 }),
} as Partial<JobTransitions> as JobTransitions;

let folder: string;
let pool: Pool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-away-'));
  await mkdir(join(folder, 'builds', run.jobId, 'try-left'), { recursive: true });
  pool = createPool({
    connectionString: 'postgres://nobody@127.0.0.1:1/nothing', // no server listens there
    applicationName: 'test',
    max: 1,
    onError: () => undefined,
  });
});
afterAll(async () => {
  await pool.end();
  await rm(folder, { recursive: true, force: true });
});

const typeOf = async (work: () => Promise<JobOutcome>) =>
  (await applicationFailure(activityEnvironment().run(work))).type;

test('while a build notes what the try before left', async () => {
  const { buildRepository } = createBuildActivities({ jobs, pool, log }, {
    root: join(folder, 'builds'),
  } as Parameters<typeof createBuildActivities>[1]);
  expect(await typeOf(() => buildRepository(run))).toBe(Interruption.databaseAway);
});

test('while a deployment looks for its build', async () => {
  const options = {
    root: join(folder, 'live'),
    artifacts: createFolderStore(join(folder, 'builds')),
    storageSystem: { call: <T>(_: unknown, work: () => Promise<T>) => work() },
    keep: 1,
    artifactBytes: 1,
  };
  const { deployBuild } = createDeploymentActivities({ jobs, pool, log }, options);
  expect(await typeOf(() => deployBuild(run))).toBe(Interruption.databaseAway);
});

test('while an agent run notes that a step is done', async () => {
  const after = { base: 'a', commit: 'b', done: ['draft'], answers: {} };
  const saving = saveProgress(pool, run, { before: undefined, after }, async () => undefined);
  await expect(saving).rejects.toBeInstanceOf(DatabaseAway);
});
