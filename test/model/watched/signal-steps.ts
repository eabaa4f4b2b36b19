import type { Protocol } from './protocol.ts';
import {
  type Courier,
  courierIdle,
  hasEnded,
  type Run,
  type State,
  withCourier,
  withSignal,
} from './state.ts';
import { certainly, fault, type May, type WatchedStep } from './step.ts';
import { openRun, withRun } from './temporal.ts';
import { ownRuns } from './watch-steps.ts';

/** Signals of a job: the first that waits; to which run; send; mark. */
export function signalSteps(protocol: Protocol, may: May, state: State, courier: Courier): WatchedStep[] {
  switch (courier.at) {
    case 'idle':
      return [...take(protocol, state, courier)];
    case 'aimed':
      return send(protocol, may, state, courier);
    case 'taken':
      return [markDelivered(state, courier)];
    case 'closed':
      return [aimAnew(protocol, state, courier)];
  }
}

/** The first signal that waits. One that was sent before is sent to that run again, whatever the row says by now. */
function take(protocol: Protocol, state: State, courier: Courier): WatchedStep[] {
  const number = state.signals.findIndex(({ status }) => status === 'waiting') + 1;
  const signal = state.signals[number - 1];
  if (signal === undefined) return [];
  if (signal.target !== 0) {
    const tell = `courier ${courier.name} takes signal ${number}, which was sent to run ${signal.target}`;
    return [certainly('courier', tell, aimed(state, courier, number, signal.target))];
  }
  return aim(protocol, state, courier, number);
}

const aimed = (state: State, { name }: Courier, signal: number, target: number): State =>
  withCourier(state, name, { at: 'aimed', signal, target });

function aim(protocol: Protocol, state: State, courier: Courier, number: number): WatchedStep[] {
  const { row } = state;
  const who = `courier ${courier.name}`;
  if (row.status === 'queued' && protocol.holdsSignals) return [];
  const run = goal(protocol, state);
  if (run === undefined) {
    // A job in flight without an open run ends soon, or goes on in its next run.
    if (row.status === 'processing') return [];
    const to = courierIdle(withSignal(state, number, { status: 'failed' }), courier.name);
    return [
      certainly(
        'courier',
        `${who} finds no workflow for signal ${number} of the ${row.status} job: it fails`,
        to,
      ),
    ];
  }
  const to = aimed(state, courier, number, run.id);
  const tell = `${who} will send signal ${number} to run ${run.id}`;
  if (!protocol.recordsTarget) return [certainly('courier', tell, to)];
  return [certainly('courier', `${tell}, and notes it`, withSignal(to, number, { target: run.id }))];
}

/** The run that a signal goes to. */
function goal(protocol: Protocol, state: State): Run | undefined {
  const run = openRun(state);
  if (run === undefined || hasEnded(state.row)) return undefined;
  if (!protocol.signalsOwnChain) return run;
  return ownRuns(protocol, state).includes(run) ? run : undefined;
}

/** A request names the run. A closed one answers for a request that it has taken, too. */
function send(protocol: Protocol, may: May, state: State, { name, signal, target }: Courier): WatchedStep[] {
  const run = state.runs.find(({ id }) => id === target);
  if (run === undefined) return [];
  const isKnown = protocol.signalRequestId && run.taken.includes(signal);
  const tell = `courier ${name} sends signal ${signal} to run ${target}`;
  if (run.at !== 'open' && !isKnown) {
    return [
      certainly('courier', `${tell}: it has closed without it`, withCourier(state, name, { at: 'closed' })),
    ];
  }
  const got = isKnown ? run : { got: [...run.got, signal], taken: [...run.taken, signal] };
  const sent = withRun(state, target, { got: got.got, taken: got.taken });
  const told = isKnown ? `${tell}, which has it` : tell;
  const steps = [certainly('courier', told, withCourier(sent, name, { at: 'taken' }))];
  if (!isKnown && may('answer is lost')) {
    steps.push(fault('courier', `${tell}, and the answer is lost`, courierIdle(sent, name)));
  }
  return steps;
}

function markDelivered(state: State, { name, signal }: Courier): WatchedStep {
  const isWaiting = state.signals[signal - 1]?.status === 'waiting';
  const marked = isWaiting ? withSignal(state, signal, { status: 'delivered' }) : state;
  return certainly(
    'courier',
    `courier ${name} notes that signal ${signal} is delivered`,
    courierIdle(marked, name),
  );
}

/** The run has closed without the signal, and takes it never: another may be noted, unless somebody has done so. */
function aimAnew(protocol: Protocol, state: State, { name, signal, target }: Courier): WatchedStep {
  const row = state.signals[signal - 1];
  const tell = `courier ${name} will send signal ${signal} anew`;
  const isSame = protocol.recordsTarget && row?.status === 'waiting' && row.target === target;
  const to = isSame ? withSignal(state, signal, { target: 0 }) : state;
  return certainly('courier', tell, courierIdle(to, name));
}
