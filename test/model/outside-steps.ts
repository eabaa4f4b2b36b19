import type { Fault, Move } from './protocol.ts';
import { certainly, fault, type ProtocolStep } from './protocol-step.ts';
import { requeued } from './row-moves.ts';
import { openRun, type State, withNewRun, withOpenRunEnded, withRun } from './state.ts';

/** What befalls runs in Temporal. */
export function temporalFaults(may: (kind: Fault) => boolean, state: State): ProtocolStep[] {
  const run = openRun(state);
  const steps: ProtocolStep[] = [];
  if (run !== undefined && may('terminate')) {
    const tell = `somebody terminates run ${run.id}`;
    steps.push(fault('world', tell, withOpenRunEnded(state)));
  }
  if (may('reset')) {
    // The open run, and the one that the row names: those that a person would find.
    for (const base of state.runs.filter(({ id, at }) => at !== 'closed' || id === state.row.run)) {
      const tell = `somebody resets run ${base.id}: run ${state.nextRun} takes its place`;
      steps.push(fault('world', tell, withNewRun(withOpenRunEnded(state), base.first)));
    }
  }
  if (run !== undefined && run.at !== 'close' && run.at !== 'closed' && may('activity freezes')) {
    const again = withRun(state, run.id, { at: run.at === 'work' ? 'begin' : run.at });
    const tell = `the activity of run ${run.id} freezes; Temporal tries it again`;
    const zombie = { run: run.id, at: run.at };
    steps.push(fault('world', tell, { ...again, zombies: [...again.zombies, zombie] }));
  }
  return steps;
}

/**
 * A constraint or trigger that refuses the row as it goes in flight comes, and goes again. Neither comes while a claim is under way,
 * whose lock on the table an ALTER TABLE or CREATE TRIGGER waits for.
 */
export function tableSteps(may: (kind: Fault) => boolean, state: State, isHeld: boolean): ProtocolStep[] {
  if (isHeld) return [];
  if (state.table.refuses) {
    const to = { ...state, table: { refuses: false, told: false } };
    return [{ actor: 'world', tell: 'the table takes the row again', to, certain: false }];
  }
  if (!may('table refuses the row')) return [];
  const to = { ...state, table: { refuses: true, told: false } };
  return [fault('world', 'from now on the table refuses the row as it goes in flight', to)];
}

/** What people do to a job. An UPDATE waits for whoever holds the row. */
export function moveSteps(state: State, isHeld: boolean): ProtocolStep[] {
  const { row } = state;
  const run = openRun(state);
  const steps: ProtocolStep[] = [];
  const move = (kind: Move, tell: string, to: Partial<State>) => {
    if (!state.movesLeft.includes(kind)) return;
    const movesLeft = state.movesLeft.filter((left) => left !== kind);
    steps.push({ actor: 'person', tell, to: { ...state, ...to, movesLeft }, certain: false });
  };
  if (!isHeld && (row.status === 'failed' || row.status === 'canceled')) {
    const to = requeued({ ...row, cancelRequested: false });
    move('retry', `somebody queues the ${row.status} row again`, { row: to });
  }
  if (!isHeld && row.status === 'queued') {
    move('cancel by row', 'somebody cancels the queued row', { row: { ...row, status: 'canceled' } });
  }
  if (!isHeld && row.status === 'processing') {
    move('cancel by row', 'somebody asks on the row to cancel it', {
      row: { ...row, cancelRequested: true },
    });
  }
  if (run !== undefined && !run.cancelRequested) {
    move(
      'cancel in Temporal',
      `somebody cancels run ${run.id} in Temporal`,
      withRun(state, run.id, { cancelRequested: true }),
    );
  }
  if (!isHeld && row.status !== 'gone') {
    move('delete', 'somebody deletes the row', { row: { ...row, status: 'gone' } });
  }
  return steps;
}

/** `#cancelOne` in src/starter/signals.ts: what was asked on the row in flight is asked of the open run, whichever it is. */
export function carrySteps(state: State): ProtocolStep[] {
  const run = openRun(state);
  const isAsked = state.row.status === 'processing' && state.row.cancelRequested;
  if (run === undefined || !isAsked || run.cancelRequested) return [];
  const to = withRun(state, run.id, { cancelRequested: true });
  return [certainly('starter', `a starter asks Temporal to cancel run ${run.id}`, to)];
}
