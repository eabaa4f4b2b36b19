import { searchText } from '../../platform/temporal-search.ts';
import { isOf, type JobKeys } from './job-key.ts';
import type { StartedRow } from './row.ts';
import { type CloseEvent, nextRunId, type Runs, type SeenEnd, type SeenRun } from './runs.ts';

/** The last run of a chain: open, or closed by this event. */
export interface LastRun {
  run: SeenRun;
  closed: CloseEvent | undefined;
}

const mostListed = 200;
const mostHops = 100;

/**
 * The last run of the chain that a row names: the newest of its workflow id, or one before that where somebody else has started the id
 * anew. `undefined`: Temporal no longer has it. `seen`: the end of a run that is known already.
 */
export async function lastRunOf(
  { runs, keys }: { runs: Runs; keys: JobKeys },
  row: StartedRow,
  seen?: SeenEnd,
): Promise<LastRun | undefined> {
  const newest = await runs.describe(row.workflow_id);
  if (newest === undefined) return undefined;
  if (newest.firstRunId === row.run_id) return toItsEnd(runs, newest, seen);
  const own = (await listedRun({ runs, keys }, row)) ?? (await runs.describe(row.workflow_id, row.run_id));
  return own && toItsEnd(runs, own);
}

/** Goes on from run to run: a chain may have grown since it was asked for. */
async function toItsEnd(runs: Runs, from: SeenRun, seen?: SeenEnd): Promise<LastRun | undefined> {
  let run = from;
  for (let hop = 0; hop < mostHops; hop += 1) {
    if (run.open) return { run, closed: undefined };
    const event = seen?.runId === run.runId ? seen.event : await runs.closeEvent(run.workflowId, run.runId);
    if (event === undefined) return undefined;
    const nextId = run.resetRunId ?? nextRunId(event);
    if (nextId === undefined) return { run, closed: event };
    const next = await runs.describe(run.workflowId, nextId);
    if (next === undefined) return undefined;
    run = next;
  }
  throw new Error(
    `the chain of the workflow ${from.workflowId} went on for ${mostHops} runs while it was looked at`,
  );
}

/** The newest of the chain among the runs of the id, by the memo that they all carry. */
async function listedRun(
  { runs, keys }: { runs: Runs; keys: JobKeys },
  row: StartedRow,
): Promise<SeenRun | undefined> {
  const { runs: listed } = await runs.list(`WorkflowId = ${searchText(row.workflow_id)}`, {
    pageSize: mostListed,
  });
  const known = await keys.ofAll(listed);
  const own = listed
    .filter((_, i) => isOf(row, known[i]) && known[i]?.attempt === row.attempt)
    .toSorted((one, other) => other.startedAtMs - one.startedAtMs);
  for (const { runId } of own.slice(0, 5)) {
    const run = await runs.describe(row.workflow_id, runId);
    if (run?.firstRunId === row.run_id) return run;
  }
  return undefined;
}
