import { inTransaction, type PoolClient } from '../../platform/database.ts';
import { ErrorCode } from '../../platform/errors.ts';
import { reconcilerRepairs } from '../../platform/metrics.ts';
import { renewLostTask } from '../../platform/renew-lost-task.ts';
import { fitForRow } from '../../platform/row-text.ts';
import { eachSideBySide } from '../../platform/side-by-side.ts';
import { type QueueDefinition, workflowIdOf } from '../../queues/definition.ts';
import { isErrorCode } from '../../queues/error-code.ts';
import { isForeign } from '../../queues/foreign.ts';
import type { JobRun } from '../../queues/job.ts';
import { jobStatements } from '../../sql/job.ts';
import { reconcileStatements } from '../../sql/reconciler.ts';
import { isResetOf, type KnownQueue } from '../rows/ownership.ts';
import { isOwned, lock, rowKept, writeEnd } from '../rows/row-end.ts';
import { noteRefusal } from '../rows/row-writes.ts';
import { DatabaseAway, rethrowDatabaseError, rowRefused } from '../work/interruptions.ts';
import type { ReconcileDeps } from './deps.ts';
import { failureOf, type LatestRun, latestRun } from './runs.ts';
import { sideBySide, walkPages } from './walk.ts';

const pageRows = 200;

interface InFlightRow {
  id: string;
  run_id: string;
  started_at: string;
}

/** What becomes of a row in flight whose workflow does not work for it, and why. */
interface Repair {
  rule: 'terminated' | 'timed_out' | 'canceled' | 'failed' | 'completed' | 'missing' | 'other_run';
  why: string;
  to: 'requeued' | 'canceled' | { failed: string };
}

/**
 * Rows in flight or parked whose workflow is closed, missing or of another run. Each row is read before Temporal is asked, and is
 * mended only while it is owned by the run that was read: whoever moved it in between was right.
 */
export async function reconcileRows(deps: ReconcileDeps, queue: QueueDefinition): Promise<void> {
  const { owned } = reconcileStatements(queue);
  await walkPages({ startedAt: '-infinity', id: null as string | null }, async ({ startedAt, id }) => {
    const { rows } = await deps.pool.query<InFlightRow>(owned, [startedAt, id, pageRows]);
    await eachSideBySide(rows, sideBySide, (row) => reconcileRow(deps, queue, row));
    const last = rows.at(-1);
    return rows.length < pageRows || last === undefined
      ? undefined
      : { startedAt: last.started_at, id: last.id };
  });
}

async function reconcileRow(deps: ReconcileDeps, queue: QueueDefinition, row: InFlightRow): Promise<void> {
  const key = `${queue.name} ${row.id}`;
  if (deps.backoff.isWaiting(key)) return;
  const run = await runOf(deps, queue, row);
  const repair = await repairOf(deps, queue, row, run);
  if (repair === undefined) return run && renewTask(deps, queue, row, run);
  const log = deps.log.child({ queue: queue.name, jobId: row.id, rule: repair.rule });
  try {
    if (!(await mend(deps, queue, row, repair))) return;
    deps.backoff.repaired(key);
    reconcilerRepairs.inc({ queue: queue.name, rule: repair.rule });
    log.warn({ why: repair.why, to: repair.to }, 'job reconciled');
  } catch (error) {
    if (error instanceof DatabaseAway) throw error;
    // One odd row must not keep the others, nor be tried at each pass.
    const nextInMs = deps.backoff.failed(key);
    log.error({ err: error, nextInMs }, 'the job could not be reconciled');
    const why = `the reconciler could not end it: ${(error as Error).message}`;
    await noteRefusal(deps.pool, ownerOf(queue, row), fitForRow(why)).catch((untold: unknown) => {
      log.warn({ err: untold }, 'the refusal could not be noted in the history of the job');
    });
  }
}

/** Of a workflow that is open. */
async function renewTask(
  { lostTasks, pool, backoff, log }: ReconcileDeps,
  queue: QueueDefinition,
  row: InFlightRow,
  run: LatestRun,
): Promise<void> {
  const renewed = await renewLostTask(
    lostTasks,
    { ...run, workflowId: workflowIdOf(queue, row.id) },
    {
      queue: queue.name,
      id: row.id,
      note: (why) => pool.query(reconcileStatements(queue).note, [queue.name, row.id, run.runId, why]),
      log: log.child({ queue: queue.name }),
    },
  );
  if (!renewed) backoff.failed(`${queue.name} ${row.id}`);
}

/** The run that owned the row when it was read. */
const ownerOf = (queue: QueueDefinition, row: InFlightRow): JobRun => ({
  queue: queue.name,
  jobId: row.id,
  requestId: null,
  runIds: [row.run_id],
});
/** The newest run, or the row's own where that is another database's. */
async function runOf(
  { client }: ReconcileDeps,
  queue: QueueDefinition,
  row: InFlightRow,
): Promise<LatestRun | undefined> {
  const workflowId = workflowIdOf(queue, row.id);
  const newest = await latestRun(client, workflowId);
  if (newest === undefined || newest.runId === row.run_id || !isForeign(queue, newest)) return newest;
  return latestRun(client, workflowId, row.run_id);
}

async function repairOf(
  deps: ReconcileDeps,
  queue: QueueDefinition,
  row: InFlightRow,
  run: LatestRun | undefined,
): Promise<Repair | undefined> {
  if (run === undefined)
    return { rule: 'missing', why: 'Temporal does not know its workflow', to: 'requeued' };
  if (
    run.runId !== row.run_id &&
    !(await isResetOf(deps.pool, { queue, statements: jobStatements(queue) }, row, run))
  )
    return {
      rule: 'other_run',
      why: `its workflow is at a run that is not its own: ${run.runId}`,
      to: 'requeued',
    };
  const lost = (code: string) => (queue.lostWorkflow === 'requeue' ? 'requeued' : { failed: code });
  switch (run.status) {
    case 'OPEN':
      return undefined;
    case 'TERMINATED':
      return {
        rule: 'terminated',
        why: 'its workflow was terminated in Temporal',
        to: lost(ErrorCode.TERMINATED),
      };
    case 'TIMED_OUT':
      return { rule: 'timed_out', why: 'its workflow ran into its deadline', to: lost(ErrorCode.TIMED_OUT) };
    case 'CANCELLED':
      return { rule: 'canceled', why: 'its workflow was cancelled in Temporal', to: 'canceled' };
    case 'FAILED':
      return repairOfFailed(deps, queue, row, run);
    case 'COMPLETED':
      return {
        rule: 'completed',
        why: 'its workflow is over, and the row was not told: an older state of the database',
        to: 'requeued',
      };
  }
}

async function repairOfFailed(
  deps: ReconcileDeps,
  queue: QueueDefinition,
  row: InFlightRow,
  run: LatestRun,
): Promise<Repair> {
  const { message, type } = await failureOf(deps.client, workflowIdOf(queue, row.id), run.runId);
  const code = isErrorCode(type) ? type : ErrorCode.UNKNOWN;
  return { rule: 'failed', why: message || 'its workflow failed without saying why', to: { failed: code } };
}

/**
 * `false`: the row is no longer in flight under the run that was seen.
 * @throws {DatabaseAway}, and what the row or its table says against it
 */
async function mend(
  { pool }: ReconcileDeps,
  queue: QueueDefinition,
  row: InFlightRow,
  { to, why }: Repair,
): Promise<boolean> {
  const known = { queue, statements: jobStatements(queue) };
  const run = ownerOf(queue, row);
  const prepare = (tx: PoolClient) => tx.query(asReconciler, [fitForRow(why)]);
  if (to === 'requeued')
    return inTransaction(pool, (tx) => requeue(tx, known, run, prepare)).catch(rethrowDatabaseError);
  const end =
    to === 'canceled'
      ? ({ state: 'canceled', errorCode: null, errorMessage: null } as const)
      : ({ state: 'failed', errorCode: to.failed, errorMessage: why } as const);
  return (await writeEnd(pool, known, run, end, prepare)).ended;
}

async function requeue(
  tx: PoolClient,
  { queue, statements }: KnownQueue,
  run: JobRun,
  prepare: (tx: PoolClient) => Promise<unknown>,
): Promise<boolean> {
  await prepare(tx);
  if (!isOwned(queue, run, await lock(tx, { queue, statements }, run))) return false;
  const { rowCount } = await tx.query(statements.requeue, [run.jobId, run.runIds[0]]);
  if (rowCount !== 1) throw rowRefused(rowKept);
  return true;
}

/** $1 why: for the events of what this transaction moves. */
const asReconciler = `
  SELECT set_config('switchyard.actor', 'reconciler', true), set_config('switchyard.code', 'RECONCILED', true),
         set_config('switchyard.detail', $1, true)`;
