import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type QueueDefinition, workflowIdOf } from '../src/queues/definition.ts';
import { reconcilerTaskQueue } from '../src/queues/reconciler.ts';
import { webhooksQueue } from '../src/queues/webhooks.ts';
import { Starter } from '../src/starter/starter.ts';
import { templateDatabase, withDatabase } from '../test/support/database-name.ts';
import { answerLater, answerStatus, answerXml } from '../test/support/gateway.ts';
import { historyToJson } from '../test/support/histories.ts';
import { insertJob, until } from '../test/support/jobs.ts';
import { silentLogger } from '../test/support/logger.ts';
import { createPipeline, type Pipeline } from '../test/support/pipeline.ts';
import { insertFailedJob, insertRedrive, testRedrivesQueue } from '../test/support/redrives.ts';
import { startTestServers } from '../test/support/servers.ts';

/**
 * Records the histories of `test/histories` (all, or those that are named): each scenario runs one job through the real starter, worker, Postgres,
 * Temporal and a local gateway. What it does not do: judge them; `test/workflows/replay.test.ts` does.
 */
const checkout = fileURLToPath(new URL('..', import.meta.url));
const folder = join(checkout, 'test/histories');

/** What each history shows. A scenario answers the id of its job once that has ended. */
const scenarios: Record<string, (pipeline: Pipeline) => Promise<string>> = {
  async complete(pipeline) {
    const id = await startJob(pipeline);
    await pipeline.untilStatus(id, 'complete');
    return id;
  },

  async failed(pipeline) {
    pipeline.gateway.answer = answerStatus(415);
    const id = await startJob(pipeline);
    await pipeline.untilStatus(id, 'failed');
    return id;
  },

  async retried(pipeline) {
    pipeline.gateway.answer = async (request, response) => {
      await (pipeline.gateway.calls.length < 3 ? answerStatus(502) : answerXml('<invoice/>'))(
        request,
        response,
      );
    };
    const id = await startJob(pipeline);
    await pipeline.untilStatus(id, 'complete');
    return id;
  },

  async canceled(pipeline) {
    const held = answerLater(answerXml('<invoice/>'));
    pipeline.gateway.answer = held.answer;
    const id = await startJob(pipeline);
    await held.called;
    await pipeline.workflow(id).cancel();
    await pipeline.untilStatus(id, 'canceled');
    held.release();
    return id;
  },

  async superseded(pipeline) {
    await pipeline.stopWorkers();
    const id = await startJob(pipeline);
    await pipeline.pool.query('DELETE FROM jobs WHERE id = $1', [id]);
    await pipeline.startWorker();
    return id;
  },

  async reset(pipeline) {
    const held = answerLater(answerXml('<invoice/>'));
    pipeline.gateway.answer = held.answer;
    const id = await startJob(pipeline);
    await held.called;
    pipeline.gateway.answer = answerXml('<invoice/>');
    await pipeline.reset(id);
    await pipeline.untilStatus(id, 'complete');
    held.release();
    return id;
  },
};

/** What serves the invoices has histories of its own. */
const otherScenarios: Record<string, (pipeline: Pipeline) => Promise<string>> = {
  async reconciled({ client, queue }) {
    const workflowId = `reconcile-${randomUUID()}`;
    const taskQueue = reconcilerTaskQueue(queue.taskQueue);
    await client.workflow.execute('reconcile', {
      workflowId,
      taskQueue: queue.taskQueue,
      args: [{ queues: ['invoices', 'webhooks', 'redrives'], taskQueue }],
    });
    return workflowId;
  },

  async 'webhook-delivered'(pipeline) {
    const { pool, queue } = pipeline;
    pipeline.gateway.answer = answerStatus(204); // the receiver is a server like any other
    await pool.query(
      `INSERT INTO switchyard.subscriptions (name, queue, url, statuses) VALUES ('books', 'invoices', $1, '{canceled}')`,
      [`${pipeline.gateway.url}/hook`],
    );
    const id = await insertJob(pool);
    await pool.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [id]);
    const webhooks = webhooksQueue({ claimBatch: 1, taskQueue: queue.taskQueue });
    return startOne(pipeline, webhooks);
  },

  async redriven(pipeline) {
    await insertFailedJob(pipeline.pool);
    await insertRedrive(pipeline.pool);
    return startOne(pipeline, testRedrivesQueue(pipeline.queue.taskQueue));
  },
};

/** Starts the one row that waits in a queue. Answers its workflow id. */
async function startOne({ pool, client }: Pipeline, queue: QueueDefinition): Promise<string> {
  const starter = new Starter({ pool, client, queue, workerId: 'starter-1', log: silentLogger });
  await until(async () => (await starter.runOnce()).started === 1);
  const { rows } = await pool.query<{ id: string }>(`SELECT id FROM ${queue.table}`);
  return workflowIdOf(queue, rows[0]?.id ?? '');
}

async function startJob(pipeline: Pipeline): Promise<string> {
  const id = await insertJob(pipeline.pool, { original_name: 'invoice.pdf' });
  await pipeline.starter().runOnce();
  return id;
}

const all = { ...scenarios, ...otherScenarios };

async function record(
  name: string,
  servers: { databaseUrl: string; temporalAddress: string },
): Promise<void> {
  const pipeline = await createPipeline(servers);
  try {
    await pipeline.startWorker({ WEBHOOK_SECRETS: `default=whsec_${Buffer.alloc(24).toString('base64')}` });
    const id = await all[name]?.(pipeline);
    if (id === undefined) throw new Error(`no scenario is called "${name}"`);
    const handle = pipeline.workflow(id);
    await handle.result().catch(() => undefined); // how it ended is what is recorded
    const history = historyToJson(await handle.fetchHistory());
    // Stack traces name files by where this checkout happens to lie.
    const text = JSON.stringify(history, null, 1).replaceAll(checkout, '/app/');
    await writeFile(join(folder, `${name}.json`), `${text}\n`);
    process.stdout.write(`${name}.json: ${history.events.length} events\n`);
  } finally {
    await pipeline.close();
  }
}

const servers = await startTestServers(await mkdtemp(join(tmpdir(), 'switchyard-histories-')));
try {
  const databaseUrl = withDatabase(servers.postgresUrl, templateDatabase);
  const names = process.argv.slice(2);
  for (const name of names.length > 0 ? names : Object.keys(all)) {
    await record(name, { databaseUrl, temporalAddress: servers.temporalAddress });
  }
} finally {
  await servers.stop();
}
