import type { Courier, Row, Run, Sight, Signal, Starter, State } from './state.ts';

/**
 * The same text for states that differ only in names, A and B, or in how often the row has gone in flight: a sight is of this
 * time, or it is late.
 */
export function keyOf(state: State): string {
  const { row, starters, runs, sights, signals, couriers, faultsLeft, movesLeft } = state;
  return [
    ofRow(row),
    starters.map(ofStarter).sort().join(),
    runs.map(ofRun).join(),
    sights
      .map((sight) => ofSight(row, sight))
      .sort()
      .join(),
    signals.map(ofSignal).join(),
    couriers.map(ofCourier).sort().join(),
    faultsLeft,
    movesLeft.length === 1 ? movesLeft.join() : movesLeft.length,
  ].join('|');
}

const flag = (letter: string, isSet: boolean): string => (isSet ? letter : '');

const ofRow = ({ status, run, attempt, cancelRequested, shown }: Row): string =>
  `${status[0]}${status[2]}${run}.${attempt}.${shown}${flag('c', cancelRequested)}`;
const ofStarter = ({ at, connected, attempt, answer, latest }: Starter): string =>
  `${at.slice(0, 3)}${attempt}.${answer}.${latest}${flag('c', connected)}`;
const ofRun = ({ first, attempt, at, cancelRequested, stopped, heard, got, taken }: Run): string =>
  `${first}.${attempt}${at.slice(0, 4)}${flag('c', cancelRequested)}${flag('s', stopped)}${flag('h', heard)}${got.join('')}.${taken.join('')}`;
const ofSight = (row: Row, { status, run, last, round, shown }: Sight): string =>
  `${status[0]}${status[2]}${run}.${last}${flag('n', round === row.round)}${flag('s', shown === row.shown)}`;
const ofSignal = ({ status, target }: Signal): string => `${status[0]}${target}`;
const ofCourier = ({ at, signal, target }: Courier): string => `${at[0]}${signal}.${target}`;
