import { eachSideBySide } from '../../platform/side-by-side.ts';
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
  const { pool, statements, settle, pacedRuns } = parts;
  const { rows } = await pool.query<WatchedRow>(statements.sweep, [
    from?.startedAt ?? '-infinity',
    from?.id ?? null,
    pageRows,
  ]);
  await eachSideBySide(rows, sideBySide, (row) => settle.settle(row, 'sweep', { runs: pacedRuns }));
  const last = rows.at(-1);
  if (rows.length < pageRows || last?.started_at == null) return undefined;
  return { startedAt: last.started_at, id: last.id };
}
