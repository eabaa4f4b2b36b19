import { WorkflowNotFoundError } from '@temporalio/client';
import { inTransaction } from '../../platform/database.ts';
import { reconcilerRepairs } from '../../platform/metrics.ts';
import { hasSearchAttributes } from '../../platform/search-attributes.ts';
import { eachSideBySide } from '../../platform/side-by-side.ts';
import { searchText } from '../../platform/temporal-search.ts';
import { jobIdOf, ownedStates, type QueueDefinition } from '../../queues/definition.ts';
import { isForeign } from '../../queues/foreign.ts';
import { searchAttributes } from '../../queues/search-attributes.ts';
import { jobStatements } from '../../sql/job.ts';
import { reconcileStatements } from '../../sql/reconciler.ts';
import { requireVisible } from '../rows/hidden-rows.ts';
import { isResetOf } from '../rows/ownership.ts';
import type { ReconcileDeps } from './deps.ts';
import { type LatestRun, latestRun } from './runs.ts';
import { sideBySide, walkPages } from './walk.ts';

const pageSize = 200;
const database = searchAttributes.database.name;

/** Under the idle-in-transaction limit of the connection that holds the row. */
const endDeadlineMs = 5_000;

interface OpenWorkflow {
  workflowId: string;
  runId: string;
  jobId: string;
}

interface Row {
  id: string;
  status: string;
  run_id: string | null;
  ended: boolean;
}

/**
 * Workflows that run although their row is gone, ended, or in flight under another run: asked to cancel, and terminated at
 * a later pass. Temporal's search only names them, for it lags behind; what counts is the row, and Temporal's own state.
 */
export async function reconcileWorkflows(deps: ReconcileDeps, queue: QueueDefinition): Promise<void> {
  if (!hasSearchAttributes(deps.client) && !isKnownByType(deps, queue)) {
    deps.log.warn({ queue: queue.name }, untold);
    return;
  }
  await walkPages({ token: '' }, async ({ token }) => {
    const { workflows, next } = await openWorkflows(deps, queue, token);
    const { rows } = await deps.pool.query<Row>(reconcileStatements(queue).rows, [
      workflows.map(({ jobId }) => jobId),
      deps.settledMs,
    ]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    await eachSideBySide(workflows, sideBySide, (workflow) =>
      reconcileWorkflow(deps, queue, workflow, byId.get(workflow.jobId)),
    );
    return next === '' ? undefined : { token: next };
  });
}

/** One page, by the page's token in base64. Only workflows of this queue and database, of its type, on its task queue. */
async function openWorkflows(deps: ReconcileDeps, queue: QueueDefinition, token: string) {
  const { client } = deps;
  const query = [
    ...ownWorkflows(deps, queue),
    `WorkflowType = ${searchText(queue.workflowType)}`,
    `TaskQueue = ${searchText(queue.taskQueue)}`,
    `ExecutionStatus = 'Running'`,
    `StartTime < '${new Date(Date.now() - deps.settledMs).toISOString()}'`,
  ].join(' AND ');
  const { executions, nextPageToken } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query,
    pageSize,
    nextPageToken: Buffer.from(token, 'base64'),
  });
  const workflows = (executions ?? []).flatMap(({ execution }): OpenWorkflow[] => {
    const workflowId = execution?.workflowId ?? '';
    const jobId = jobIdOf(queue, workflowId);
    return jobId === undefined ? [] : [{ workflowId, runId: execution?.runId ?? '', jobId }];
  });
  return { workflows, next: Buffer.from(nextPageToken ?? []).toString('base64') };
}

/** Which of the workflows of its type, on its task queue, are jobs of this queue; those of starters that knew no search attributes have none. */
function ownWorkflows(deps: ReconcileDeps, queue: QueueDefinition): string[] {
  if (!hasSearchAttributes(deps.client)) return [];
  const name = searchAttributes.queue.name;
  const isOwn = `${name} = ${searchText(queue.name)}`;
  return [
    isKnownByType(deps, queue) ? `(${isOwn} OR ${name} IS NULL)` : isOwn,
    ...(queue.database === undefined
      ? []
      : [`(${database} = ${searchText(queue.database)} OR ${database} IS NULL)`]),
  ];
}

/** Whether each workflow of its type on its task queue is a job of this queue. A plain workflow may be started by anybody. */
const isKnownByType = ({ queues }: ReconcileDeps, queue: QueueDefinition): boolean =>
  queue.plainWorkflow === undefined &&
  !queues.some(
    ({ name, workflowType, taskQueue }) =>
      name !== queue.name && workflowType === queue.workflowType && taskQueue === queue.taskQueue,
  );

const untold =
  'workflows without a row are not looked for: without search attributes they cannot be told from those of other queues, or of anybody';

async function reconcileWorkflow(
  deps: ReconcileDeps,
  queue: QueueDefinition,
  workflow: OpenWorkflow,
  row: Row | undefined,
): Promise<void> {
  if (row !== undefined && !isSuspect(queue, row, workflow.runId)) return;
  const run = await latestRun(deps.client, workflow.workflowId);
  if (run?.status !== 'OPEN' || run.runId !== workflow.runId || isForeign(queue, run)) return;
  const log = deps.log.child({ queue: queue.name, jobId: workflow.jobId, runId: run.runId });
  const ended = await endUnowned(deps, queue, workflow, run).catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return undefined; // it ended by itself in the meantime
  });
  if (ended === undefined) return;
  reconcilerRepairs.inc({ queue: queue.name, rule: ended.rule });
  log.warn(ended, 'workflow reconciled');
}

const isSuspect = (queue: QueueDefinition, row: Row, runId: string): boolean =>
  row.ended || (ownedStates(queue).includes(row.status) && row.run_id !== runId);

/**
 * Ends the run unless its row is, or is about to be, its own. The row stays locked meanwhile, so that no claim meets the
 * run and gives it the row; a row that a claim holds is left for the next pass.
 */
function endUnowned(deps: ReconcileDeps, queue: QueueDefinition, workflow: OpenWorkflow, run: LatestRun) {
  const { lockRows, known, note } = reconcileStatements(queue);
  return inTransaction(deps.pool, async (tx) => {
    const locked = await tx.query<Row>(lockRows, [[workflow.jobId], deps.settledMs]);
    const row = locked.rows[0];
    if (row === undefined && (await tx.query(known, [[workflow.jobId]])).rowCount !== 0) return undefined;
    if (row === undefined) await requireVisible(tx, queue);
    if (row !== undefined && !isSuspect(queue, row, run.runId)) return undefined;
    if (row !== undefined && (await isResetOf(tx, { queue, statements: jobStatements(queue) }, row, run)))
      return undefined;
    const reason = reasonOf(row);
    const rule = run.cancelRequested ? 'workflow_terminated' : 'workflow_canceled';
    const why = `${reason}: its workflow was ${run.cancelRequested ? 'terminated' : 'asked to cancel'}`;
    await tx.query(note, [queue.name, workflow.jobId, run.runId, why]);
    const handle = deps.client.workflow.getHandle(workflow.workflowId, run.runId);
    await deps.client.withDeadline(Date.now() + endDeadlineMs, () =>
      run.cancelRequested ? handle.terminate(`Switchyard: ${reason}`) : handle.cancel(),
    );
    return { rule, why };
  });
}

function reasonOf(row: Row | undefined): string {
  if (row === undefined) return 'the row is gone';
  return row.ended ? 'the row has ended' : 'the row is in flight under another run';
}
