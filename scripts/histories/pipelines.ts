import { join } from 'node:path';
import { call, createRepository, insertRun, write } from '../../pipelines/agent-runs/test/support/agents.ts';
import { insertTask, makeRepository } from '../../pipelines/builds/test/support/builds.ts';
import { pagesPdf } from '../../pipelines/lib/test/support/pdfs.ts';
import { insertUpload } from '../../pipelines/uploads/test/support/uploads.ts';
import { Signals } from '../../src/starter/signals.ts';
import { silentLogger } from '../../test/support/logger.ts';
import type { Pipeline } from '../../test/support/pipeline.ts';
import { until } from '../../test/support/until.ts';
import { queueOf, restartWorker, type Scenario, startJob, untilSaid } from './scenario.ts';

const startUpload = async (pipeline: Pipeline, fields = {}): Promise<string> =>
  startJob(pipeline, 'uploads', await insertUpload(pipeline.pool, join(pipeline.folder, 'uploads'), fields));

export const uploads: Record<string, Scenario> = {
  'uploads-complete': (pipeline) => startUpload(pipeline),

  'uploads-failed': (pipeline) => startUpload(pipeline, { stored: false }),

  async 'uploads-canceled'(pipeline) {
    const content = pagesPdf([{ text: 'a page that takes long', steps: 10_000_000 }]);
    const id = await startUpload(pipeline, { content, path: 'a.pdf', media_type: 'application/pdf' });
    await untilSaid(pipeline, id, 'parsing the document');
    await pipeline.workflow(id).cancel();
    return id;
  },
};

async function startSession(pipeline: Pipeline): Promise<string> {
  const { rows } = await pipeline.pool.query<{ id: string }>(
    'INSERT INTO schedule_ingest.capture_session DEFAULT VALUES RETURNING id',
  );
  return startJob(pipeline, 'capture-sessions', rows[0]?.id ?? '');
}

export const captureSessions: Record<string, Scenario> = {
  'capture-sessions-complete': startSession,

  async 'capture-sessions-failed'(pipeline) {
    const table = 'ALTER TABLE schedule_ingest.schedule_version';
    await pipeline.pool.query(`${table} ADD CONSTRAINT later_versions CHECK (version > 1) NOT VALID`);
    const id = await startSession(pipeline);
    await pipeline
      .workflow(id)
      .result()
      .catch(() => undefined); // how it ended is what is recorded
    await pipeline.pool.query(`${table} DROP CONSTRAINT later_versions`);
    return id;
  },

  async 'capture-sessions-canceled'(pipeline) {
    await restartWorker(pipeline, { SIMULATED_WORK_SECONDS: '3600' });
    const id = await startSession(pipeline);
    await untilSaid(pipeline, id, 'job begun');
    await pipeline.workflow(id).cancel();
    return id;
  },
};

/** A build of a repository that builds by this script. Answers both of its ids. */
async function startBuild(pipeline: Pipeline, script: string): Promise<{ id: string; workflowId: string }> {
  const repository = join(pipeline.folder, 'site');
  await makeRepository(repository, { 'build.sh': script });
  const id = await insertTask(pipeline.pool, 'builds', { repository });
  return { id, workflowId: await startJob(pipeline, 'builds', id) };
}

async function startDeployment(pipeline: Pipeline, script: string): Promise<{ build: string; id: string }> {
  const { id: build, workflowId } = await startBuild(pipeline, script);
  await pipeline
    .workflow(workflowId)
    .result()
    .catch(() => undefined); // a build that fails is what some of them are for
  return {
    build,
    id: await insertTask(pipeline.pool, 'deployments', { build_id: build, environment: 'test' }),
  };
}

const site = 'mkdir dist && echo hello > dist/index.html';

export const builds: Record<string, Scenario> = {
  'builds-complete': async (pipeline) => (await startBuild(pipeline, site)).workflowId,

  'builds-failed': async (pipeline) => (await startBuild(pipeline, 'exit 7')).workflowId,

  async 'builds-canceled'(pipeline) {
    const { id, workflowId } = await startBuild(pipeline, 'sleep 600');
    await untilSaid(pipeline, id, 'the repository is fetched; building');
    await pipeline.workflow(workflowId).cancel();
    return workflowId;
  },

  async 'deployments-complete'(pipeline) {
    const { id } = await startDeployment(pipeline, site);
    return startJob(pipeline, 'deployments', id);
  },

  async 'deployments-failed'(pipeline) {
    const { id } = await startDeployment(pipeline, 'exit 7');
    return startJob(pipeline, 'deployments', id);
  },

  /** While it waits for its build, which was set back after it was claimed. */
  async 'deployments-canceled'(pipeline) {
    const { build, id } = await startDeployment(pipeline, site);
    await pipeline.stopWorkers();
    const workflowId = await startJob(pipeline, 'deployments', id);
    await pipeline.pool.query(`UPDATE builds SET status = 'pending' WHERE id = $1`, [build]);
    await restartWorker(pipeline, {});
    await untilSaid(pipeline, id, `build ${build} is pending`);
    await pipeline.workflow(workflowId).cancel();
    return workflowId;
  },
};

async function startRun(pipeline: Pipeline, plan: unknown): Promise<string> {
  await createRepository(pipeline.folder);
  return startJob(pipeline, 'agent-runs', await insertRun(pipeline.pool, plan));
}

const asks = [
  { id: 'approve', ask: 'Shall it go out?' },
  write('final', 'a.txt', { $answer: 'approve.text' }),
];
const answer = { step: 'approve', value: { text: 'out it goes' } };

export const agentRuns: Record<string, Scenario> = {
  'agent-runs-complete': (pipeline) => startRun(pipeline, [write('first', 'a.txt', 'one')]),

  'agent-runs-failed': (pipeline) => startRun(pipeline, [call('first', 'fail')]),

  async 'agent-runs-canceled'(pipeline) {
    const pidFile = join(pipeline.folder, 'pids');
    const id = await startRun(pipeline, [call('first', 'wait', { pidFile, ms: 600_000 })]);
    await untilSaid(pipeline, id, 'job begun');
    await pipeline.workflow(id).cancel();
    return id;
  },

  async 'agent-runs-answered'(pipeline) {
    const { pool, client } = pipeline;
    const id = await startRun(pipeline, asks);
    await untilSaid(pipeline, id, 'job waits for an answer');
    await pool.query('UPDATE ops.runs SET answer = $2 WHERE id = $1', [id, JSON.stringify(answer)]);
    const requests = new Signals({
      pool,
      client,
      queue: queueOf(pipeline, 'agent-runs'),
      log: silentLogger,
    });
    await until(async () => (await requests.runOnce()).answered === 1);
    return id;
  },

  async 'agent-runs-answered-by-update'(pipeline) {
    const id = await startRun(pipeline, asks);
    await untilSaid(pipeline, id, 'job waits for an answer');
    await pipeline.workflow(id).executeUpdate('answer', { args: [answer] });
    return id;
  },

  async 'agent-runs-unanswered'(pipeline) {
    await restartWorker(pipeline, { AGENT_INPUT_TIMEOUT: '1000' });
    return startRun(pipeline, asks);
  },
};
