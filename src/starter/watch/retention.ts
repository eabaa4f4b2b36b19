import type { Client } from '@temporalio/client';
import { inTransaction } from '../../platform/database.ts';
import { subjectOf } from '../../platform/database-errors.ts';
import { retentionRemoved } from '../../platform/metrics.ts';
import { eachSideBySide } from '../../platform/side-by-side.ts';
import { searchText } from '../../platform/temporal-search.ts';
import { msOf } from '../../platform/temporal-time.ts';
import { labelOf } from '../../queues/definition.ts';
import { reconcileStatements } from '../../sql/reconciler.ts';
import { payloadStoreOf } from '../../storage/payloads.ts';
import type { WatchParts } from './parts.ts';

const pageRows = 1_000;
/** So many workflow ids fit into one question to Temporal's search. */
const batchRows = 50;
const removedAtOnce = 10;

/**
 * One page of a walk through all rows: removes those that ended longer ago than they are kept, with their signals and stored payloads, and
 * never one whose workflow runs. Answers where the next page begins; `undefined`: this was the last.
 */
export async function removeExpiredPage(
  parts: WatchParts,
  { keepMs, from }: { keepMs: number; from: string | null },
): Promise<string | undefined> {
  const { pool, queue } = parts;
  const { rows } = await pool.query<{ id: string; expired: boolean }>(reconcileStatements(queue).expired, [
    from,
    keepMs,
    pageRows,
  ]);
  const expired = rows.filter((row) => row.expired).map(({ id }) => id);
  for (let at = 0; at < expired.length; at += batchRows)
    await removeEach(parts, expired.slice(at, at + batchRows), keepMs);
  return rows.length < pageRows ? undefined : rows.at(-1)?.id;
}

/** All together; where the table keeps one, each by itself, so that the others go. */
async function removeEach(parts: WatchParts, ids: readonly string[], keepMs: number): Promise<void> {
  try {
    await removeBatch(parts, ids, keepMs);
  } catch (error) {
    if (subjectOf(error) !== 'row') throw error;
    if (ids.length > 1) for (const id of ids) await removeEach(parts, [id], keepMs);
    else parts.log.warn({ jobId: ids[0], err: error }, 'an expired job could not be removed');
  }
}

async function removeBatch(parts: WatchParts, ids: readonly string[], keepMs: number): Promise<void> {
  const { pool, queue, statements, budget, log } = parts;
  const { lockExpired, remove } = reconcileStatements(queue);
  await budget.take();
  const removed = await inTransaction(pool, async (tx) => {
    const locked = await tx.query<{ id: string }>(lockExpired, [ids, keepMs]);
    const workflows = await tx.query<{ id: string; workflow_id: string }>(statements.shown, [
      locked.rows.map(({ id }) => id),
    ]);
    const open = await openAmong(
      parts,
      workflows.rows.map((row) => row.workflow_id),
    );
    const over = workflows.rows.filter((row) => !open.has(row.workflow_id));
    // While the rows are locked, so that none starts anew, and before they go: what fails is removed by the next walk.
    await eachSideBySide(over, removedAtOnce, (row) => removePayloads(parts, row.workflow_id));
    const { rows } = await tx.query<{ id: string }>(remove, [over.map(({ id }) => id), keepMs]);
    await tx.query(statements.removeSignals, [rows.map(({ id }) => id)]);
    return rows.length;
  });
  if (removed === 0) return;
  retentionRemoved.inc({ queue: labelOf(queue), what: 'jobs' }, removed);
  log.info({ jobs: removed }, 'jobs removed: their time was over');
}

/** What was stored of a workflow, by whoever started it and by its workers. */
async function removePayloads({ client, queue }: WatchParts, id: string): Promise<void> {
  const { namespace } = client.options;
  await payloadStoreOf(client)?.removeOf({ namespace, type: queue.workflowType, id });
}

/** For how long Temporal has workflows that have ended, in milliseconds: so long their payloads may be read, and they may be reset. */
export async function temporalKeepsMs(client: Client): Promise<number> {
  if (payloadStoreOf(client) === undefined) return 0;
  const { namespace } = client.options;
  const { config } = await client.workflowService.describeNamespace({ namespace });
  return msOf(config?.workflowExecutionRetentionTtl) ?? 0;
}

/** Which of these workflows run. One question for all of them: a describe for each would take a day for a million rows. */
async function openAmong(
  { runs: temporal }: WatchParts,
  workflowIds: readonly string[],
): Promise<Set<string>> {
  if (workflowIds.length === 0) return new Set();
  const query = `WorkflowId IN (${workflowIds.map(searchText).join(', ')}) AND ExecutionStatus = 'Running'`;
  const { runs } = await temporal.list(query, { pageSize: batchRows });
  return new Set(runs.map(({ workflowId }) => workflowId));
}
