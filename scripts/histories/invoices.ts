import { randomUUID } from 'node:crypto';
import { reconcilerTaskQueue } from '../../src/queues/reconciler.ts';
import { answerLater, answerStatus, answerXml } from '../../test/support/gateway.ts';
import { insertFailedJob, insertJob } from '../../test/support/jobs.ts';
import type { Pipeline } from '../../test/support/pipeline.ts';
import { insertRedrive } from '../../test/support/redrives.ts';
import { type Scenario, startJob } from './scenario.ts';

async function startInvoice(pipeline: Pipeline): Promise<string> {
  const id = await insertJob(pipeline.pool, { original_name: 'invoice.pdf' });
  return startJob(pipeline, 'invoices', id);
}

export const invoices: Record<string, Scenario> = {
  complete: startInvoice,

  async failed(pipeline) {
    pipeline.gateway.answer = answerStatus(415);
    return startInvoice(pipeline);
  },

  async retried(pipeline) {
    pipeline.gateway.answer = async (request, response) => {
      await (pipeline.gateway.calls.length < 3 ? answerStatus(502) : answerXml('<invoice/>'))(
        request,
        response,
      );
    };
    return startInvoice(pipeline);
  },

  async canceled(pipeline) {
    const held = answerLater(answerXml('<invoice/>'));
    pipeline.gateway.answer = held.answer;
    const id = await startInvoice(pipeline);
    await held.called;
    await pipeline.workflow(id).cancel();
    await pipeline.untilStatus(id, 'canceled');
    held.release();
    return id;
  },

  async superseded(pipeline) {
    await pipeline.stopWorkers();
    const id = await startInvoice(pipeline);
    await pipeline.pool.query('DELETE FROM jobs WHERE id = $1', [id]);
    await pipeline.startWorker();
    return id;
  },

  async reset(pipeline) {
    const held = answerLater(answerXml('<invoice/>'));
    pipeline.gateway.answer = held.answer;
    const id = await startInvoice(pipeline);
    await held.called;
    pipeline.gateway.answer = answerXml('<invoice/>');
    await pipeline.reset(id);
    await pipeline.untilStatus(id, 'complete');
    held.release();
    return id;
  },
};

async function runReconciler(
  { client, queue }: Pipeline,
  workflowType: 'reconcile' | 'housekeep',
): Promise<string> {
  const workflowId = `${workflowType}-${randomUUID()}`;
  const taskQueue = reconcilerTaskQueue(queue.taskQueue);
  await client.workflow.execute(workflowType, {
    workflowId,
    taskQueue: queue.taskQueue,
    args: [{ queues: ['invoices', 'webhooks', 'redrives'], taskQueue }],
  });
  return workflowId;
}

/** What serves the other queues has histories of its own. */
export const servants: Record<string, Scenario> = {
  reconciled: (pipeline) => runReconciler(pipeline, 'reconcile'),
  housekept: (pipeline) => runReconciler(pipeline, 'housekeep'),

  async 'webhook-delivered'(pipeline) {
    const { pool } = pipeline;
    pipeline.gateway.answer = answerStatus(204); // the receiver is a server like any other
    await pool.query(
      `INSERT INTO switchyard.subscriptions (name, queue, url, statuses) VALUES ('books', 'invoices', $1, '{canceled}')`,
      [`${pipeline.gateway.url}/hook`],
    );
    const job = await insertJob(pool);
    await pool.query('UPDATE jobs SET cancel_requested_at = now() WHERE id = $1', [job]);
    const { rows } = await pool.query<{ id: string }>('SELECT id FROM switchyard.webhook_deliveries');
    return startJob(pipeline, 'webhooks', rows[0]?.id ?? '');
  },

  async redriven(pipeline) {
    await insertFailedJob(pipeline.pool);
    const redrive = await insertRedrive(pipeline.pool, { queue: 'invoices' });
    return startJob(pipeline, 'redrives', redrive);
  },
};
