import { renewLostTask } from '../../platform/renew-lost-task.ts';
import { eachSideBySide } from '../../platform/side-by-side.ts';
import { labelOf } from '../../queues/definition.ts';
import type { WatchParts } from './parts.ts';
import type { WatchedRow } from './row.ts';

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
  const { pool, queue, statements, settle, pacedRuns, lostTasks, log } = parts;
  const { rows } = await pool.query<WatchedRow>(statements.sweep, [
    from?.startedAt ?? '-infinity',
    from?.id ?? null,
    pageRows,
  ]);
  await eachSideBySide(rows, sideBySide, async (row) => {
    const settled = await settle.settle(row, 'sweep', { runs: pacedRuns });
    if (settled.kind !== 'open') return;
    const { runId, waiting } = settled;
    await renewLostTask(
      lostTasks,
      { workflowId: row.workflow_id, runId, waiting },
      {
        queue: labelOf(queue),
        id: row.id,
        note: (why) => pool.query(statements.noteRepair, [row.id, runId, why]),
        log,
      },
    );
  });
  const last = rows.at(-1);
  if (rows.length < pageRows || last?.started_at == null) return undefined;
  return { startedAt: last.started_at, id: last.id };
}
