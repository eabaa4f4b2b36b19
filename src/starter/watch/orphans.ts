import { inTransaction, type PoolClient, quoteLiteral, quoteName } from '../../platform/database.ts';
import { ErrorCode } from '../../platform/errors.ts';
import { reconcilerRepairs } from '../../platform/metrics.ts';
import { eachSideBySide } from '../../platform/side-by-side.ts';
import { searchText } from '../../platform/temporal-search.ts';
import { labelOf, type QueueDefinition } from '../../queues/definition.ts';
import { hidesRows } from '../../sql/row-security.ts';
import { isOf, type JobKey } from './job-key.ts';
import type { WatchParts } from './parts.ts';
import { hasEnded, type WatchedRow } from './row.ts';
import type { ListedRun, SeenRun } from './runs.ts';

const pageSize = 200;
const sideBySide = 5;

/**
 * One page of the open workflows of the queue that have run for a while. Those whose row is gone, or is at another attempt, are asked to
 * cancel, and terminated at a later walk. Answers the token of the next page; `undefined`: this was the last.
 */
export async function orphansPage(
  parts: WatchParts,
  { settledMs, token }: { settledMs: number; token: Uint8Array | undefined },
): Promise<Uint8Array | undefined> {
  const { pacedRuns, queue, pool, statements, keys } = parts;
  const query =
    `WorkflowType = ${searchText(queue.workflowType)} AND TaskQueue = ${searchText(queue.taskQueue)} AND ExecutionStatus = 'Running' ` +
    `AND StartTime < '${new Date(Date.now() - settledMs).toISOString()}'`;
  const page = await pacedRuns.list(query, { pageSize, token });
  const known = await keys.ofAll(page.runs);
  const ours = page.runs.flatMap((run, i) => {
    const key = known[i];
    return key === undefined ? [] : [{ run, key }];
  });
  const { rows } = await pool.query<WatchedRow>(statements.rows, [ours.map(({ key }) => key.id)]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  await eachSideBySide(ours, sideBySide, ({ run, key }) => look(parts, run, key, byId.get(key.id)));
  return page.next;
}

async function look(
  parts: WatchParts,
  { workflowId, runId }: ListedRun,
  key: JobKey,
  row: WatchedRow | undefined,
): Promise<void> {
  const { pacedRuns, settle, follow, keys } = parts;
  if (row !== undefined && isOf(row, key) && (waitsFor(row, key) || isFirstRunOf(row, runId))) return;
  const run = await pacedRuns.describe(workflowId, runId);
  if (run === undefined || !run.open) return;
  const seen = await keys.of(run);
  if (seen?.id !== key.id || seen.attempt !== key.attempt) return;
  if (row !== undefined && isOf(row, key) && hasEnded(row) && row.run_id === run.firstRunId) {
    const settled = await settle.settle(row, 'sweep', { runs: pacedRuns });
    if (settled.kind === 'open') follow(row);
    if (settled.kind !== 'left') return;
  }
  await endOrphan(parts, run, key);
}

/** The next claim meets it: the one before was rolled back, or is under way. */
const waitsFor = (row: WatchedRow, { attempt }: JobKey): boolean =>
  row.status === 'queued' && attempt === row.attempt + 1;

const isFirstRunOf = (row: WatchedRow, runId: string): boolean =>
  row.status === 'processing' && row.run_id === runId;

/**
 * The row stays locked meanwhile, so that no claim meets the run and gives it the row; a row that a claim holds is left for the next walk.
 */
async function endOrphan(parts: WatchParts, run: SeenRun, key: JobKey): Promise<void> {
  const { pool, queue, statements, runs, log } = parts;
  const done = await inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<WatchedRow>(statements.lockRow, [key.id]);
    const [row] = rows;
    if (row === undefined && (await tx.query(statements.isThere, [key.id])).rowCount !== 0) return undefined;
    if (row === undefined) await requireAllVisible(tx, queue);
    const why = reasonOf(row, run, key);
    if (why === undefined) return undefined;
    const how = run.cancelRequested ? 'terminate' : 'cancel';
    const what = `${why}: its workflow was ${how === 'cancel' ? 'asked to cancel' : 'terminated'}`;
    await tx.query(statements.noteRepair, [key.id, run.runId, what]);
    await runs.end(run, how, `Switchyard: ${why}`);
    return { rule: how === 'cancel' ? 'workflow_canceled' : 'workflow_terminated', what };
  });
  if (done === undefined) return;
  reconcilerRepairs.inc({ queue: labelOf(queue), rule: done.rule });
  log.warn({ jobId: key.id, runId: run.runId, why: done.what }, 'a workflow without its job was ended');
}

/** Why a workflow belongs to no row; `undefined`: its row owns it, or is about to. */
function reasonOf(row: WatchedRow | undefined, run: SeenRun, key: JobKey): string | undefined {
  if (row === undefined || !isOf(row, key)) return 'the row is gone';
  if (row.status === 'queued') return waitsFor(row, key) ? undefined : 'the row waits for another attempt';
  if (row.status === 'processing')
    return row.run_id === run.firstRunId ? undefined : 'the row is in flight under another run';
  // The chain of a row that has ended goes on after a reset alone; its first run was ended by nobody but whoever wrote the row.
  const wasReset = run.runId !== run.firstRunId || row.error_code === ErrorCode.WORKFLOW_GONE;
  return row.run_id === run.firstRunId && wasReset ? undefined : 'the row has ended';
}

/** @throws when row-level security hides rows: one that is not found may be there */
async function requireAllVisible(tx: PoolClient, { table }: QueueDefinition): Promise<void> {
  const { rows } = await tx.query<{ hidden: boolean }>(
    `SELECT ${hidesRows(`${quoteLiteral(quoteName(table))}::regclass`)} AS hidden`,
  );
  if (rows[0]?.hidden === true)
    throw new Error(
      `row-level security of ${table} hides rows: whether the job of a workflow is gone cannot be told`,
    );
}
