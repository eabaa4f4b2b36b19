import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { type Pool, quoteName } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import type { Disturb } from '../load.ts';

/** What somebody does to the jobs of a watched queue, besides what happens to jobs of every queue. */
export function watchedDisturbances(
  queue: QueueDefinition,
  source: string,
): Record<string, { perHundredJobs: number; act: Disturb }> {
  const jobs = quoteName(queue.table);
  const anyJob = async (pool: Pool, states: string): Promise<string | undefined> => {
    const { rows } = await pool.query<{ workflow_id: string }>(
      `SELECT workflow_id FROM ${jobs} WHERE status IN (${states}) ORDER BY random() LIMIT 1`,
    );
    return rows[0]?.workflow_id;
  };
  return {
    /** In a transaction with a change of the application's own row, which the mirror writes too. */
    signal: {
      perHundredJobs: 120,
      act: async ({ pool }) => {
        await pool.query(
          `WITH noted AS (
             UPDATE ${source} SET notes = notes + 1
              WHERE id = (SELECT orders.id FROM ${source} AS orders JOIN ${jobs} AS job ON job.id = orders.id
                           WHERE orders.notes < 3 AND orders.variant IN ('signals', 'continuing') AND job.status IN ('queued', 'processing')
                           ORDER BY random() LIMIT 1)
              RETURNING id, notes)
           SELECT switchyard.signal($1, id, 'note', to_jsonb(notes)) FROM noted`,
          [queue.name],
        );
      },
    },
    reset: {
      perHundredJobs: 5,
      act: async ({ pool, client }) => {
        const workflowId = await anyJob(pool, `'processing', 'complete', 'failed'`);
        if (workflowId !== undefined) await reset(client, workflowId);
      },
    },
    foreign: {
      perHundredJobs: 4,
      act: async ({ pool, client }) => {
        const workflowId = await anyJob(pool, `'complete', 'failed', 'canceled'`);
        if (workflowId !== undefined) await startForeign(client, workflowId, 2_000);
      },
    },
  };
}

/** To its first task, so that all is done again. */
async function reset(client: Client, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const { runId, type } = await handle.describe();
  if (type === 'chaosForeign') return;
  const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
  if (first === undefined) return;
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'chaos',
    requestId: crypto.randomUUID(),
    workflowTaskFinishEventId: first.eventId ?? null,
  });
}

/** It has no worker, and times out. Nothing where a workflow of this id is open. */
export async function startForeign(client: Client, workflowId: string, ms: number): Promise<void> {
  await client.workflow
    .start('chaosForeign', { workflowId, taskQueue: 'chaos-foreign', workflowExecutionTimeout: ms })
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    });
}
