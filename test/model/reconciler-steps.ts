import { certainly, type ProtocolStep } from './protocol-step.ts';
import { requeued } from './row-moves.ts';
import { hasEnded, openRun, type Row, type Run, type State, withOpenRunEnded, withRun } from './state.ts';

/** A row that somebody holds is left for the next pass. */
export function reconcilerSteps(state: State, isHeld: boolean): ProtocolStep[] {
  return isHeld ? [] : [...rowSteps(state), ...workflowSteps(state)];
}

/** Rows in flight whose workflow does not work for them: `repairOf` and `mend` in src/activities/reconciler/rows.ts. */
function rowSteps(state: State): ProtocolStep[] {
  const { row } = state;
  const run = openRun(state);
  if (row.status !== 'processing' || run?.id === row.run || (run && comesForRow(row, run))) return [];
  const again = { ...state, row: requeued(row) };
  if (run !== undefined) {
    const tell = `the reconciler sees that run ${run.id} is not the row’s and queues the row again`;
    return [certainly('reconciler', tell, again)];
  }
  const seen = `the reconciler sees that run ${row.run} is closed and`;
  return [
    certainly('reconciler', `${seen} fails the row`, { ...state, row: { ...row, status: 'failed' } }),
    certainly('reconciler', `${seen} queues the row again`, again),
  ];
}

/** Runs that are not their row's: asked to cancel, and later terminated: src/activities/reconciler/workflows.ts. */
function workflowSteps(state: State): ProtocolStep[] {
  const { row } = state;
  const run = openRun(state);
  if (run === undefined || comesForRow(row, run)) return [];
  const isSuspect = hasEnded(row) || (row.status === 'processing' && row.run !== run.id);
  if (!isSuspect) return [];
  if (run.cancelRequested) {
    return [certainly('reconciler', `the reconciler terminates run ${run.id}`, withOpenRunEnded(state))];
  }
  const tell = `the reconciler asks Temporal to cancel run ${run.id}`;
  return [certainly('reconciler', tell, withRun(state, run.id, { cancelRequested: true }))];
}

/** A reset of an earlier owner that has not begun: `isResetOf` in src/activities/rows/ownership.ts. */
const comesForRow = ({ status, owners }: Row, { id, first }: Run): boolean =>
  status !== 'gone' && id !== first && !owners.includes(id) && owners.includes(first);
