import type { Protocol } from './protocol.ts';
import { isHeld, type Row, type Run, type Starter, type State, starterIdle, withStarter } from './state.ts';
import { certainly, fault, type May, type WatchedStep } from './step.ts';
import { latest, openRun, withNewChain } from './temporal.ts';
import { unheard } from './watch-steps.ts';

/** A claim of a watched job: lock; start; if there is a workflow, whose; mark and COMMIT. */
export function startSteps(protocol: Protocol, may: May, state: State, starter: Starter): WatchedStep[] {
  if (starter.at === 'idle') return lock(state, starter);
  return [...next(protocol, may, state, starter), ...breaks(may, state, starter)];
}

function next(protocol: Protocol, may: May, state: State, starter: Starter): WatchedStep[] {
  switch (starter.at) {
    case 'idle':
      return [];
    case 'locked':
      return start(protocol, may, state, starter, protocol.rejectsDuplicates);
    case 'met':
      return [describe(protocol, state, starter)];
    case 'looking':
      return lookThroughRuns(may, state, starter);
    case 'restarting':
      return start(protocol, may, state, starter, false);
    case 'started':
      return commit(protocol, may, state, starter);
  }
}

function lock(state: State, { name }: Starter): WatchedStep[] {
  if (state.row.status !== 'queued' || isHeld(state)) return [];
  const attempt = state.row.attempt + 1;
  const to = withStarter(state, name, { at: 'locked', connected: true, attempt });
  return [certainly('starter', `starter ${name} locks the queued row for attempt ${attempt}`, to)];
}

/** Conflict policy FAIL; reuse policy REJECT_DUPLICATE or ALLOW_DUPLICATE. */
function start(
  protocol: Protocol,
  may: May,
  state: State,
  starter: Starter,
  rejects: boolean,
): WatchedStep[] {
  const { name, attempt, connected } = starter;
  if (!connected && protocol.startsInTime) {
    const tell = `starter ${name} finds that the time for its start is over, and leaves the row`;
    return [certainly('starter', tell, starterIdle(state, name))];
  }
  const how = rejects ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE';
  const known = protocol.startRequestId ? madeBy(state, attempt) : undefined;
  if (known !== undefined) {
    const to = withStarter(state, name, { at: 'started', answer: known.first, latest: known.id });
    return [
      certainly(
        'starter',
        `starter ${name} starts with ${how}, and Temporal knows the request: run ${known.id}`,
        to,
      ),
    ];
  }
  if (openRun(state) !== undefined || (rejects && latest(state) !== undefined)) {
    const to = withStarter(state, name, { at: 'met' });
    return [certainly('starter', `starter ${name} starts with ${how}: there is a workflow of this id`, to)];
  }
  const asked = withNewChain(state, attempt);
  const answer = asked.runs.length;
  const to = withStarter(asked, name, { at: 'started', answer, latest: answer });
  const steps = [certainly('starter', `starter ${name} starts run ${answer} with ${how}`, to)];
  if (may('answer is lost')) {
    const tell = `starter ${name} starts run ${answer} with ${how}, and the answer is lost: the row is left`;
    steps.push(fault('starter', tell, starterIdle(asked, name)));
  }
  return steps;
}

/** Temporal compares the request id of the latest run alone, and continue-as-new and resets lose it. */
function madeBy(state: State, attempt: number): Run | undefined {
  const run = latest(state);
  return run?.attempt === attempt && run.first === run.id ? run : undefined;
}

/** Whose the latest run is. */
function describe(protocol: Protocol, state: State, { name, attempt }: Starter): WatchedStep {
  const run = latest(state);
  const go = (tell: string, change: Partial<Starter>) =>
    certainly('starter', `starter ${name} describes the workflow: ${tell}`, withStarter(state, name, change));
  if (run === undefined) return go('there is none', { at: 'restarting' });
  const open = run.at === 'open' ? 'open' : 'closed';
  const isMine = protocol.memo ? run.attempt === attempt : run.at === 'open';
  if (isMine) {
    return go(`run ${run.id}, ${open}, is this attempt’s`, {
      at: 'started',
      answer: run.first,
      latest: run.id,
    });
  }
  if (run.at === 'open') {
    const tell = `starter ${name} describes the workflow: run ${run.id}, open, is another’s; the row is left, ID_TAKEN`;
    return certainly('starter', tell, starterIdle(state, name));
  }
  const whose = run.attempt > 0 ? 'an earlier attempt’s' : 'foreign';
  const at = mayHide(protocol, run) ? 'looking' : 'restarting';
  return go(`run ${run.id} is closed, and ${whose}`, { at });
}

/** Whether behind the latest run, which is closed, there may be one of this attempt. */
function mayHide({ memo, looksThroughRuns }: Protocol, { id, first, attempt }: Run): boolean {
  if (!memo || looksThroughRuns === 'never') return false;
  return attempt === 0 || (looksThroughRuns === 'unless first' && id !== first);
}

/** Visibility may not know the newest run yet. */
function lookThroughRuns(may: May, state: State, { name, attempt }: Starter): WatchedStep[] {
  const look = (runs: readonly Run[]) => {
    const found = runs.findLast((run) => run.attempt === attempt);
    return withStarter(
      state,
      name,
      found === undefined ? { at: 'restarting' } : { at: 'started', answer: found.first, latest: found.id },
    );
  };
  const steps = [certainly('starter', `starter ${name} looks through the runs of this id`, look(state.runs))];
  if (may('list lags')) {
    const tell = `starter ${name} looks through the runs of this id, of which the list misses the newest`;
    steps.push(fault('starter', tell, look(state.runs.slice(0, -1))));
  }
  return steps;
}

/** The claimer follows the run from then on, and hears of it if it has closed already. */
function commit(
  protocol: Protocol,
  may: May,
  state: State,
  { name, connected, answer, latest: run }: Starter,
): WatchedStep[] {
  const idle = starterIdle(state, name);
  if (!connected)
    return [certainly('starter', `starter ${name}, whose lock is gone, can mark nothing`, idle)];
  const row: Row = {
    ...state.row,
    status: 'processing',
    run: protocol.names === 'chain' ? answer : run,
    attempt: state.row.attempt + 1,
    round: state.row.round + 1,
  };
  const tell = `starter ${name} marks the row with run ${row.run} and commits`;
  const to = { ...idle, row };
  const steps = [certainly('starter', tell, unheard(protocol, to))];
  if (may('starter dies')) steps.push(fault('starter', `${tell}, and dies before it follows the run`, to));
  return steps;
}

function breaks(may: May, state: State, { name, connected, at }: Starter): WatchedStep[] {
  const steps: WatchedStep[] = [];
  if (may('starter dies')) {
    steps.push(fault('starter', `starter ${name} dies: Postgres rolls back`, starterIdle(state, name)));
  }
  if (connected && at !== 'started' && may('starter loses its connection')) {
    const tell = `starter ${name} is frozen: Postgres ends its transaction, and the row is free`;
    steps.push(fault('starter', tell, withStarter(state, name, { connected: false })));
  }
  return steps;
}
