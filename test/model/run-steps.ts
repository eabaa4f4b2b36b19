import type { Fault, Protocol } from './protocol.ts';
import { certainly, fault, type ProtocolStep } from './protocol-step.ts';
import { begun, isHeld, mayWrite, noted, told } from './row-moves.ts';
import { type Row, type Run, type State, type Table, withRun } from './state.ts';

/** What an activity makes of the row, and whether it goes on to work. The workflow’s activity and a zombie act alike. */
interface Act {
  tell: string;
  row: Row;
  table?: Table;
  to: 'work' | 'over';
}

/** What a run's activity may do next, as far as the row goes: src/activities/rows/transitions.ts. */
function acts(protocol: Protocol, state: State, run: Run, at: Run['at']): Act[] {
  if (at === 'begin') return firstStep(protocol, state, run);
  if (at === 'close' || at === 'closed' || isHeld(protocol, state)) return [];
  const status = ({ work: 'complete', fail: 'failed', cancel: 'canceled' } as const)[at];
  if (!mayWrite(protocol, state.row, run)) {
    return [{ tell: `would write ${status}, is late, and changes nothing`, row: state.row, to: 'over' }];
  }
  return [{ tell: `writes ${status}`, row: { ...state.row, status }, to: 'over' }];
}

/** `begin`: waits for whoever holds the row, and then decides. */
function firstStep(protocol: Protocol, state: State, run: Run): Act[] {
  const { row } = state;
  const held = isHeld(protocol, state);
  if (held && protocol.firstStep === 'locks') return [];
  if (held && protocol.firstStep === 'updates') {
    return [
      {
        tell: 'finds no row in flight, does not wait for the holder of the row, and ends quietly',
        row,
        to: 'over',
      },
    ];
  }
  const to = begun(protocol, row, run);
  if (to === undefined)
    return [
      { tell: `sees a row that is ${row.status} and not its to work on, and ends quietly`, row, to: 'over' },
    ];
  if (to !== row && state.table.refuses) return [refused(protocol, state)];
  if (held) return [{ tell: 'reads the row past the holder’s lock and goes to work', row, to: 'work' }];
  return [
    { tell: to === row ? 'sees its row in flight and goes to work' : tellTaken(row), row: to, to: 'work' },
  ];
}

/** `notTaken` in src/activities/rows/transitions.ts. */
function refused({ atRefusal }: Protocol, { row, table }: State): Act {
  const tell = 'would take the row, which its table refuses,';
  if (atRefusal === 'works') return { tell: `${tell} and goes to work all the same`, row, to: 'work' };
  const ends: Act = { tell: `${tell} and ends quietly`, row, to: 'over' };
  if (row.status !== 'queued') return ends;
  if (atRefusal === 'ends') return { ...ends, table: told(table) };
  return { ...ends, tell: `${tell} notes it and ends quietly`, ...noted({ row, table }) };
}

const tellTaken = ({ status }: Row): string =>
  status === 'queued'
    ? 'takes over the queued row and goes to work'
    : `takes the ${status} row along and goes to work`;

/** The open run: `runJob` in src/workflows/run-job.ts and its one activity. */
export function runSteps(
  protocol: Protocol,
  may: (kind: Fault) => boolean,
  state: State,
  run: Run,
): ProtocolStep[] {
  const { id } = run;
  if (run.at === 'close') {
    return [
      certainly('world', `Temporal closes run ${id}`, withRun(state, id, { at: 'closed' }), { run: id }),
    ];
  }
  const steps = acts(protocol, state, run, run.at).map(({ tell, row, table = state.table, to }) => {
    const next = withRun({ ...state, row, table }, id, { at: to === 'over' ? 'close' : 'work' });
    return certainly('run', `run ${id} ${tell}`, next, { run: id, begins: to === 'work' });
  });
  if (run.at === 'work') {
    steps.push(
      certainly('run', `the work of run ${id} fails for good`, withRun(state, id, { at: 'fail' }), {
        run: id,
      }),
      ...workerDies(protocol, may, state, run),
    );
  }
  if (run.cancelRequested && (run.at === 'begin' || run.at === 'work')) {
    const tell = `run ${id} hears that it is canceled`;
    steps.push(certainly('run', tell, withRun(state, id, { at: 'cancel' }), { run: id }));
  }
  return steps;
}

/** Temporal tries the activity again, from its first step: also one that had written and could not say so. */
function workerDies(
  protocol: Protocol,
  may: (kind: Fault) => boolean,
  state: State,
  run: Run,
): ProtocolStep[] {
  if (!may('worker dies')) return [];
  const again = withRun(state, run.id, { at: 'begin' });
  const steps = [
    fault('world', `the worker of run ${run.id} dies; Temporal tries the activity again`, again),
  ];
  for (const { tell, row } of acts(protocol, state, run, 'work')) {
    const dies = `run ${run.id} ${tell}, and its worker dies before it can say so; Temporal tries again`;
    steps.push(fault('run', dies, { ...again, row }, run.id));
  }
  return steps;
}

/** What activities do that Temporal has given up. Their failures reach nobody; their writes reach the row. */
export function zombieSteps(protocol: Protocol, state: State): ProtocolStep[] {
  return state.zombies.flatMap((zombie, index) => {
    const run = state.runs.find(({ id }) => id === zombie.run);
    if (run === undefined) return [];
    const others = state.zombies.toSpliced(index, 1);
    return acts(protocol, state, run, zombie.at).map(
      ({ tell, row, table = state.table, to }): ProtocolStep => {
        const zombies = to === 'work' ? [...others, { run: run.id, at: to } as const] : others;
        return {
          actor: 'run',
          run: run.id,
          begins: to === 'work',
          tell: `a late activity of run ${run.id} ${tell}`,
          to: { ...state, row, table, zombies },
          certain: false,
        };
      },
    );
  });
}
