import type { Protocol } from './protocol.ts';
import type { RunId, State, Zombie } from './state.ts';

/** Forgets what nothing can come of: closed runs that nothing names any more, and late activities that are fenced off. */
export function tidy(protocol: Protocol, state: State): State {
  const fenced = protocol.fence === 'run';
  const zombies = fenced ? state.zombies.filter((late) => mayYetWrite(state, late)) : state.zombies;
  const named = { ...state, zombies };
  const runs = state.runs.filter(({ id, at }) => at !== 'closed' || isNamed(named, id));
  const owners = state.row.owners.filter((owner) =>
    runs.some(({ id, first }) => id === owner || first === owner),
  );
  return { ...named, runs, row: { ...state.row, owners } };
}

/** A row comes to name a closed run only by a first step of it or by a starter that was answered with it. */
function mayYetWrite({ row, runs, starters, zombies }: State, late: Zombie): boolean {
  return (
    row.run === late.run ||
    runs.some(({ id, at }) => id === late.run && at !== 'closed') ||
    starters.some(({ answer }) => answer === late.run) ||
    zombies.some(({ run, at }) => run === late.run && at === 'begin')
  );
}

/** Whether the row, a starter or a late activity names the run. */
function isNamed({ row, starters, zombies }: State, id: RunId): boolean {
  return (
    row.run === id ||
    starters.some(({ seen, answer }) => seen === id || answer === id) ||
    zombies.some(({ run }) => run === id)
  );
}

/** One letter for each state that something is in. */
const letters = {
  queued: 'q',
  processing: 'p',
  complete: 'o',
  failed: 'f',
  canceled: 'c',
  gone: 'g',
  idle: 'i',
  locked: 'l',
  probed: 'p',
  started: 's',
  marked: 'm',
  begin: 'b',
  work: 'w',
  fail: 'f',
  cancel: 'c',
  close: 'e',
  closed: 'x',
} as const;

/**
 * The same for states that differ only in names: starters A and B, the numbers of the runs, the order of zombies. The
 * attempt is left out, as no step looks at it; that it counts the dispatches is checked at every step.
 */
export function keyOf(state: State): string {
  const { row, table, runs, zombies, starters } = state;
  const ids = [0, ...runs.flatMap(({ id, first }) => [first, id])].sort((one, other) => one - other);
  const of = (run: RunId) => ids.indexOf(run);
  let key = `${letters[row.status]}${of(row.run)}${row.cancelRequested ? 'r' : ''}${row.noted ? 'n' : ''}|`;
  key += `${table.refuses ? 'x' : ''}${table.told ? 't' : ''}|`;
  key += `${row.owners.map(of).sort().join('')}|`;
  key += inOrder(
    starters.map(
      ({ at, connected, seen, answer }) => `${letters[at]}${connected ? 1 : 0}${of(seen)}${of(answer)}`,
    ),
  );
  for (const { id, first, at, cancelRequested } of runs) {
    key += `|${of(id)}${of(first)}${letters[at]}${cancelRequested ? 'r' : ''}`;
  }
  key += `/${inOrder(zombies.map(({ run, at }) => `${of(run)}${letters[at]}`))}`;
  return `${key}/${state.faultsLeft}${state.movesLeft.join('')}`;
}

const inOrder = (parts: string[]): string => parts.sort().join('');
