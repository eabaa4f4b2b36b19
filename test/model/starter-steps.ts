import type { Fault, Protocol } from './protocol.ts';
import { certainly, fault, type ProtocolStep } from './protocol-step.ts';
import { isHeld, marked, noted } from './row-moves.ts';
import {
  backToIdle,
  openRun,
  type Starter,
  type State,
  withNewRun,
  withOpenRunEnded,
  withStarter,
} from './state.ts';

/** A claim: lock, start, mark, COMMIT: `claimJobs` in src/starter/claim.ts. */
export function starterSteps(
  protocol: Protocol,
  may: (kind: Fault) => boolean,
  state: State,
  starter: Starter,
): ProtocolStep[] {
  switch (starter.at) {
    case 'idle':
      return lock(protocol, state, starter);
    case 'locked':
      return [
        ...(protocol.probes && state.row.noted
          ? probe(state, starter)
          : start(protocol, may, state, starter)),
        ...breaks(may, state, starter),
      ];
    case 'probed':
      return [...start(protocol, may, state, starter), ...breaks(may, state, starter)];
    case 'started':
      return [...mark(protocol, state, starter), ...breaks(may, state, starter)];
    case 'marked':
      return [commit(state, starter), ...breaks(may, state, starter)];
  }
}

/** `FOR UPDATE SKIP LOCKED`: a row that another holds is passed over. */
function lock(protocol: Protocol, state: State, { name }: Starter): ProtocolStep[] {
  if (state.row.status !== 'queued' || isHeld(protocol, state)) return [];
  const to = withStarter(state, name, { at: 'locked', connected: true, seen: state.row.run });
  return [certainly('starter', `starter ${name} locks the queued row`, to)];
}

/** `probeMarks` in src/starter/mark.ts: the row is marked, and that is taken back. */
function probe(state: State, { name, connected }: Starter): ProtocolStep[] {
  if (!connected) {
    const tell = `starter ${name}, whose lock is gone, cannot probe the mark of the row`;
    return [certainly('starter', tell, backToIdle(state, name))];
  }
  if (!state.table.refuses) {
    const tell = `starter ${name} probes the mark of the row: its table takes it`;
    return [certainly('starter', tell, withStarter(state, name, { at: 'probed' }))];
  }
  const tell = `starter ${name} probes the mark of the row: its table refuses it, the row is left`;
  return [certainly('starter', tell, backToIdle(state, name))];
}

/** `startWorkflow` in src/starter/start-workflow.ts. */
function start(
  protocol: Protocol,
  may: (kind: Fault) => boolean,
  state: State,
  starter: Starter,
): ProtocolStep[] {
  const { name } = starter;
  const steps = [answered(protocol, state, starter)];
  const refused = protocol.marksOnlyStarted
    ? backToIdle(state, name)
    : withStarter(state, name, { at: 'started', seen: 0 });
  if (may('start is refused'))
    steps.push(fault('starter', `Temporal refuses starter ${name}’s start`, refused));
  if (may('answer is lost')) {
    const tell = `starter ${name} asks for the workflow, Temporal has it run, and the answer is lost: the row is left`;
    steps.push(fault('starter', tell, backToIdle(asked(protocol, state), name)));
  }
  return steps;
}

function answered(protocol: Protocol, state: State, { name, connected, seen }: Starter): ProtocolStep {
  const met = openRun(state);
  const to = asked(protocol, state);
  const answer = openRun(to)?.id ?? 0;
  const how = answer === met?.id ? `meets run ${answer}, which is open` : `starts run ${answer}`;
  const instead = met !== undefined && answer !== met.id ? `, in place of run ${met.id}` : '';
  if (!connected) {
    const tell = `starter ${name}, which does not know that its lock is gone, ${how}${instead}; it can mark nothing`;
    return certainly('starter', tell, backToIdle(to, name));
  }
  if (protocol.looksAtPreviousRun && answer === seen) {
    const tell = `starter ${name} ${how} and is the one the row names: still closing, the row is left`;
    return certainly('starter', tell, backToIdle(to, name));
  }
  const tell = `starter ${name} ${how}${instead}`;
  return certainly('starter', tell, withStarter(to, name, { at: 'started', answer, seen: 0 }));
}

/** Temporal as the start leaves it: never more than one open run of the job’s workflow id. */
function asked({ conflictPolicy }: Protocol, state: State): State {
  if (conflictPolicy === 'TERMINATE_EXISTING') return withNewRun(withOpenRunEnded(state));
  return openRun(state) === undefined ? withNewRun(state) : state;
}

function mark(protocol: Protocol, state: State, { name, answer }: Starter): ProtocolStep[] {
  if (!protocol.rowLock && isHeld(protocol, state)) return [];
  if (state.table.refuses) {
    const tell = `the table refuses the mark of starter ${name}, which leaves the row and notes it`;
    return [certainly('starter', tell, backToIdle({ ...state, ...noted(state) }, name))];
  }
  const tell = `starter ${name} marks the row: processing, ${answer === 0 ? 'no run' : `run ${answer}`}`;
  return [certainly('starter', tell, withStarter(state, name, { at: 'marked' }))];
}

function commit(state: State, { name, answer }: Starter): ProtocolStep {
  const to = { ...backToIdle(state, name), row: marked(state.row, answer) };
  return certainly('starter', `starter ${name} commits`, to);
}

/** Whatever breaks before the COMMIT, Postgres lets the row go. A starter that was cut off may not know it yet. */
function breaks(
  may: (kind: Fault) => boolean,
  state: State,
  { name, at, connected }: Starter,
): ProtocolStep[] {
  const steps: ProtocolStep[] = [];
  if (may('starter dies')) {
    steps.push(fault('starter', `starter ${name} dies: Postgres rolls back`, backToIdle(state, name)));
  }
  if ((at === 'locked' || at === 'probed') && connected && may('starter loses its connection')) {
    const tell = `starter ${name} is frozen: Postgres ends its transaction, and the row is free`;
    steps.push(fault('starter', tell, withStarter(state, name, { connected: false })));
  }
  return steps;
}
