import type { Move, Protocol } from './protocol.ts';
import { isHeld, type Row, type State } from './state.ts';
import { certainly, fault, type May, type WatchedStep } from './step.ts';
import { chainEnds, continuedAsNew, openRun, reset, withNewChain, withOpenRunAt } from './temporal.ts';

/** What the workflow does by itself. A foreign one may run for ever. */
export function workflowSteps(state: State): WatchedStep[] {
  const run = openRun(state);
  if (run === undefined) return [];
  if (run.attempt === 0) {
    const to = withOpenRunAt(state, 'complete');
    return [{ actor: 'world', tell: `the foreign run ${run.id} ends`, to, certain: false }];
  }
  const ends = (['complete', 'failed'] as const).map((at) =>
    certainly('world', `run ${run.id} ends: ${at}`, withOpenRunAt(state, at)),
  );
  if (!run.cancelRequested) return ends;
  return [...ends, certainly('world', `run ${run.id} ends: canceled`, withOpenRunAt(state, 'canceled'))];
}

/** What befalls it in Temporal. */
export function temporalFaults(may: May, state: State): WatchedStep[] {
  const run = openRun(state);
  const steps: WatchedStep[] = [];
  if (run !== undefined && run.attempt > 0 && may('terminate')) {
    steps.push(fault('world', `somebody terminates run ${run.id}`, withOpenRunAt(state, 'terminated')));
  }
  if (run !== undefined && run.attempt > 0 && may('continue as new')) {
    const tell = `run ${run.id} continues as new: run ${state.runs.length + 1}`;
    steps.push(fault('world', tell, continuedAsNew(state)));
  }
  if (may('reset')) {
    for (const base of chainEnds(state)) {
      const tell = `somebody resets run ${base.id}: run ${state.runs.length + 1} takes its place`;
      steps.push(fault('world', tell, reset(state, base)));
    }
  }
  if (run === undefined && may('foreign workflow')) {
    const tell = `somebody starts a foreign workflow of this id: run ${state.runs.length + 1}`;
    steps.push(fault('world', tell, withNewChain(state, 0)));
  }
  return steps;
}

/** What people do to the job. An UPDATE waits for whoever holds the row. */
export function moveSteps({ countsCanceled }: Protocol, state: State): WatchedStep[] {
  const { row } = state;
  if (isHeld(state)) return [];
  const move = (kind: Move, tell: string, change: Partial<Row>): WatchedStep[] => {
    if (!state.movesLeft.includes(kind)) return [];
    const movesLeft = state.movesLeft.filter((left) => left !== kind);
    return [
      { actor: 'person', tell, to: { ...state, row: { ...row, ...change }, movesLeft }, certain: false },
    ];
  };
  switch (row.status) {
    case 'queued':
      return move('cancel by row', 'somebody cancels the queued row', {
        status: 'canceled',
        attempt: row.attempt + (countsCanceled ? 1 : 0),
      });
    case 'processing':
      return move('cancel by row', 'somebody asks on the row to cancel it', { cancelRequested: true });
    case 'failed':
    case 'canceled':
      return move('retry', `somebody queues the ${row.status} row again`, {
        status: 'queued',
        cancelRequested: false,
      });
    case 'complete':
      return [];
  }
}
