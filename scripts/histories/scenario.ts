import { join } from 'node:path';
import { serverFile } from '../../pipelines/agent-runs/test/support/agents.ts';
import { defineQueues } from '../../server/queues.ts';
import { loadSettings } from '../../server/settings.ts';
import { type QueueDefinition, workflowIdOf } from '../../src/queues/definition.ts';
import { Starter } from '../../src/starter/starter.ts';
import { silentLogger } from '../../test/support/logger.ts';
import type { Pipeline } from '../../test/support/pipeline.ts';
import type { RunningWorker } from '../../test/support/running-worker.ts';
import { until } from '../../test/support/until.ts';

/** Runs one job as far as it needs somebody. Answers the id of its workflow, which then ends by itself. */
export type Scenario = (pipeline: Pipeline) => Promise<string>;

/** A worker of every queue, with its repositories, builds and the like in the pipeline's folder. */
export function startWorker(pipeline: Pipeline, env: Record<string, string> = {}): Promise<RunningWorker> {
  const { folder } = pipeline;
  return pipeline.startWorker({
    QUEUES: 'invoices,uploads,capture-sessions,agent-runs,builds,deployments',
    WEBHOOK_SECRETS: `default=whsec_${Buffer.alloc(24).toString('base64')}`,
    BUILD_LOCAL_ROOTS: folder,
    AGENT_REPOSITORY: join(folder, 'repository'),
    AGENT_WORKSPACES: join(folder, 'workspaces'),
    MCP_SERVERS: JSON.stringify({ tools: { command: process.execPath, args: [serverFile] } }),
    ...env,
  });
}

export async function restartWorker(pipeline: Pipeline, env: Record<string, string>): Promise<void> {
  await pipeline.stopWorkers();
  await startWorker(pipeline, env);
}

export function queueOf({ workerEnv }: Pipeline, name: string): QueueDefinition {
  const queue = defineQueues(loadSettings(workerEnv)).find((known) => known.name === name);
  if (queue === undefined) throw new Error(`there is no queue ${name}`);
  return queue;
}

/** Starts the one row that waits in a queue. Answers its workflow id. */
export async function startJob(pipeline: Pipeline, name: string, id: string): Promise<string> {
  const { pool, client } = pipeline;
  const queue = queueOf(pipeline, name);
  const starter = new Starter({ pool, client, queue, workerId: 'starter-1', log: silentLogger });
  await until(async () => (await starter.runOnce()).started === 1);
  return workflowIdOf(queue, id);
}

/** Waits until a worker has said this of the job. */
export async function untilSaid({ lines }: Pipeline, jobId: string, words: string): Promise<void> {
  await until(async () => lines.some((line) => line['jobId'] === jobId && line['msg'] === words));
}
