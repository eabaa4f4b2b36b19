import type { Pool } from '../src/platform/database.ts';
import { sleep } from '../src/platform/shutdown.ts';
import { listOpenWorkflows } from './evidence.ts';
import type { Stack } from './stack.ts';
import { countChanges } from './witness.ts';

const lookEveryMs = 500;
/** Longer than any wait between two tries of anything. */
const givenUpAfterMs = { withoutChange: 120_000, inAll: 900_000 };

/** How many jobs are in each state. */
export type Counts = Record<string, number>;

export async function countJobs(pool: Pool): Promise<Counts> {
  const { rows } = await pool.query<{ status: string; jobs: number }>(
    'SELECT status::text, count(*)::integer AS jobs FROM jobs GROUP BY status',
  );
  return Object.fromEntries(rows.map(({ status, jobs }) => [status, jobs]));
}

/** Waits until no row and no workflow is under way any more, or nothing changes for so long that nothing ever will. */
export async function untilSettled(stack: Stack, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  let [changes, changedAt] = [-1, began];
  while (!signal.aborted) {
    const counts = await countJobs(stack.pool);
    const rowsEnded = !counts['queued'] && !counts['processing'];
    if (rowsEnded && (await listOpenWorkflows(stack)).length === 0) return;
    const now = await countChanges(stack.pool);
    if (now !== changes) [changes, changedAt] = [now, performance.now()];
    if (performance.now() - changedAt > givenUpAfterMs.withoutChange) return;
    if (performance.now() - began > givenUpAfterMs.inAll) return;
    await sleep(lookEveryMs, signal);
  }
}
