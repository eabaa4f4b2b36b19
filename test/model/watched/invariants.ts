import { hasEnded, type State } from './state.ts';
import type { WatchedStep } from './step.ts';
import { lastOf } from './temporal.ts';

type Check = (from: State, step: WatchedStep) => boolean;

/** What every step must keep, by the words in which it is told when one does not. */
const invariants: Record<string, Check> = {
  'an attempt is executed twice': (_, { to: { runs } }) => {
    const attempts = runs
      .filter(({ id, first, attempt }) => id === first && attempt > 0)
      .map((run) => run.attempt);
    return new Set(attempts).size === attempts.length;
  },
  'the row names a workflow that is not this attempt’s': (from, { actor, to: { row, runs } }) => {
    if (actor !== 'starter' || row.attempt === from.row.attempt) return true;
    return runs.find(({ id }) => id === row.run)?.attempt === row.attempt;
  },
  'a claim takes a workflow that was stopped when its row had been canceled': (
    from,
    { actor, to: { row, runs } },
  ) => actor !== 'starter' || row.attempt === from.row.attempt || lastOf(runs, row.run)?.stopped !== true,
  'the row ends with the end of another workflow': ({ row: before }, { to: { row, runs } }) => {
    if (row.shown === before.shown) return true;
    return runs.some(({ id, first }) => id === row.shown && first === chainOf(runs, row.run));
  },
  'somebody is about to write that a run was terminated, and a later run has taken its place': (
    from,
    { to },
  ) => {
    const sight = to.sights.length > from.sights.length ? to.sights.at(-1) : undefined;
    if (sight === undefined || to.runs.find(({ id }) => id === sight.last)?.at !== 'terminated') return true;
    return lastOf(to.runs, chainOf(to.runs, sight.last))?.id === sight.last;
  },
  'the row is revived, and ends with what was seen before': ({ row: before, sights }, { to }) => {
    if (before.status !== 'processing' || !hasEnded(to.row)) return true;
    return sights.some(({ last, round }) => last === to.row.shown && round === before.round);
  },
  'the row is revived, and ends with the run that it showed before': ({ row: before }, { to: { row } }) =>
    before.status !== 'processing' || !hasEnded(row) || before.shown === 0 || row.shown !== before.shown,
  'a signal is delivered twice': (_, { to: { runs } }) =>
    runs.every(({ got }) => new Set(got).size === got.length),
  'a signal overtakes another': (_, { to: { runs } }) =>
    runs.every(({ got }) => got.every((signal, index) => index === 0 || signal >= (got[index - 1] ?? 0))),
  'a signal reaches a workflow that is not the row’s': (from, { actor, to }) => {
    const receiver = to.runs.find(
      ({ id, got }) => got.length > (from.runs[id - 1]?.got.length ?? got.length),
    );
    return actor !== 'courier' || receiver === undefined || receiver.first === chainOf(to.runs, to.row.run);
  },
  'a signal is told as delivered, and nobody got it': (_, { to: { runs, signals } }) =>
    signals.every(
      ({ status }, index) => status !== 'delivered' || runs.some(({ got }) => got.includes(index + 1)),
    ),
  'a signal is told as failed, and its job has not ended or its workflow got it': (from, { to }) =>
    to.signals.every(({ status }, index) => {
      if (status !== 'failed' || from.signals[index]?.status === 'failed') return true;
      return hasEnded(to.row) && !to.runs.some(({ got }) => got.includes(index + 1));
    }),
};

const chainOf = (runs: State['runs'], run: number): number => runs.find(({ id }) => id === run)?.first ?? 0;

export const invariantNames = Object.keys(invariants);

export function broken(from: State, step: WatchedStep): string | undefined {
  return invariantNames.find((name) => invariants[name]?.(from, step) === false);
}
