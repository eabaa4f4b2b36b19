import { reconcilerRepairs } from '../../platform/metrics.ts';
import { eachSideBySide } from '../../platform/side-by-side.ts';
import { labelOf } from '../../queues/definition.ts';
import type { WatchParts } from './parts.ts';
import type { WatchedRow } from './row.ts';
import type { Settled } from './settle.ts';

const pageRows = 100;
const sideBySide = 5;

/** Where a walk has come to: the start and id of the last row. */
export interface Place {
  startedAt: string;
  id: string;
}

/**
 * One page of a walk through all rows in flight: each is settled, within the budget. It finds what long polls and visibility have missed.
 * Answers where the next page begins; `undefined`: this was the last.
 */
export async function sweepPage(parts: WatchParts, from: Place | undefined): Promise<Place | undefined> {
  const { pool, statements, settle, pacedRuns } = parts;
  const { rows } = await pool.query<WatchedRow>(statements.sweep, [
    from?.startedAt ?? '-infinity',
    from?.id ?? null,
    pageRows,
  ]);
  await eachSideBySide(rows, sideBySide, async (row) => {
    const settled = await settle.settle(row, 'sweep', { runs: pacedRuns });
    if (settled.kind === 'open') await renewLostTask(parts, row, settled);
  });
  const last = rows.at(-1);
  if (rows.length < pageRows || last?.started_at == null) return undefined;
  return { startedAt: last.started_at, id: last.id };
}

/** What Temporal says against it is told, and tried again at the next walk. */
async function renewLostTask(
  { lostTasks, queue, pool, statements, log }: WatchParts,
  row: WatchedRow,
  { runId, waiting }: Extract<Settled, { kind: 'open' }>,
): Promise<void> {
  const fields = { jobId: row.id, rule: 'lost_task' };
  try {
    const why = await lostTasks.renew({ workflowId: row.workflow_id, runId, waiting });
    if (why === undefined) return;
    reconcilerRepairs.inc({ queue: labelOf(queue), rule: fields.rule });
    log.warn({ ...fields, why }, 'job reconciled');
    await pool.query(statements.noteRepair, [row.id, runId, why]);
  } catch (error) {
    log.error({ ...fields, err: error }, 'a task that Temporal lost could not be scheduled again');
  }
}
