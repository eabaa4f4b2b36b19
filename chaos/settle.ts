import { sleep } from '../src/platform/shutdown.ts';
import { listOpenWorkflows } from './evidence.ts';
import type { Stack } from './stack.ts';
import { userStatements } from './statements.ts';
import { endedStates, type State, stateOf } from './states.ts';
import { countChanges } from './witness.ts';

const lookEveryMs = 500;
/** Longer than any wait between two tries of anything. */
const givenUpAfterMs = { withoutChange: 120_000, inAll: 900_000 };

/** How many jobs of one queue are in each state. */
export interface Counts {
  queue: string;
  jobs: Partial<Record<State, number>>;
}

export async function countJobs({ pool, loads }: Pick<Stack, 'pool' | 'loads'>): Promise<Counts[]> {
  const count = async ({ queue }: Stack['loads'][number]) => {
    const { rows } = await pool.query<{ word: string; jobs: number }>(userStatements(queue).counts);
    return {
      queue: queue.name,
      jobs: Object.fromEntries(rows.map(({ word, jobs }) => [stateOf(queue, word), jobs])),
    };
  };
  return Promise.all(loads.map(count));
}

/** How many are in one of these states, or all there are. */
export function sumOf(counts: readonly Counts[], states?: readonly State[]): number {
  const each = counts.flatMap(({ jobs }) => Object.entries(jobs) as [State, number][]);
  return each.reduce((sum, [state, jobs]) => (states?.includes(state) === false ? sum : sum + jobs), 0);
}

async function areSettled({ pool, loads }: Stack): Promise<boolean> {
  const settled = await Promise.all(loads.map((load) => load.isSettled?.(pool) ?? true));
  return settled.every(Boolean);
}

/** Waits until every row and every workflow has ended, or until nothing has changed for so long that nothing will. */
export async function untilSettled(stack: Stack, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  let [changes, changedAt] = [-1, began];
  while (!signal.aborted) {
    const counts = await countJobs(stack);
    const rowsEnded = sumOf(counts) === sumOf(counts, endedStates);
    if (rowsEnded && (await listOpenWorkflows(stack)).length === 0 && (await areSettled(stack))) return;
    const now = await countChanges(stack.pool);
    if (now !== changes) [changes, changedAt] = [now, performance.now()];
    if (performance.now() - changedAt > givenUpAfterMs.withoutChange) return;
    if (performance.now() - began > givenUpAfterMs.inAll) return;
    await sleep(lookEveryMs, signal);
  }
}
