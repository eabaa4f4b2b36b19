import type { Protocol } from './protocol.ts';
import type { Actor, ProtocolStep } from './protocol-step.ts';
import { isOwner, mayWrite } from './row-moves.ts';
import { hasEnded, type Run, type State, type Status } from './state.ts';

type Check = (protocol: Protocol, from: State, step: ProtocolStep) => boolean;

/** What every step must keep, by the words in which it is told when one does not. */
const invariants: Record<string, Check> = {
  'two runs work for the row at once, and both could write its outcome': (protocol, _, { to }) => {
    const working = to.runs.filter(
      ({ id, at }) => at === 'work' || to.zombies.some((late) => late.run === id && late.at === 'work'),
    );
    return working.filter((run) => mayWrite(protocol, to.row, run)).length < 2;
  },
  'the row is in flight, and no workflow was started for it': (_, __, { to: { row } }) =>
    row.status !== 'processing' || row.run !== 0,
  'outside work begins, and the row is not committed as this run’s': (protocol, _, { begins, run, to }) => {
    if (!begins) return true;
    const working = runOf(to, run);
    return working !== undefined && to.row.status === 'processing' && isOwner(protocol, to.row, working);
  },
  'the outcome of the row comes from a run that does not own it': (protocol, from, { actor, run, to }) => {
    if (actor !== 'run' || !hasEnded(to.row) || to.row.status === from.row.status) return true;
    const writer = runOf(from, run);
    return writer !== undefined && isOwner(protocol, from.row, writer);
  },
  'a row gets another workflow, and is known to be refused by its table': (_, from, { actor, to }) =>
    actor !== 'starter' || to.nextRun === from.nextRun || !from.table.told || isFrozen(from, to),
  'the row makes an illegal move': (_, from, { actor, to }) =>
    from.row.status === to.row.status || legal[actor].includes(`${from.row.status} → ${to.row.status}`),
  'the attempt does not count the dispatches': (_, from, { to }) => {
    const dispatched = from.row.status === 'queued' && to.row.status === 'processing';
    return to.row.attempt === from.row.attempt + (dispatched ? 1 : 0);
  },
};

export const invariantNames = Object.keys(invariants);

type Transition = `${Status} → ${Status}`;

const fromAnywhere: readonly Transition[] = [
  'queued → gone',
  'processing → gone',
  'complete → gone',
  'failed → gone',
  'canceled → gone',
];

/** Who may move a row how. Nothing leads away from complete but deletion, and nothing back from that. */
const legal: Record<Actor, readonly Transition[]> = {
  starter: ['queued → processing'],
  run: [
    'queued → processing',
    'processing → complete',
    'processing → failed',
    'processing → canceled',
    'failed → processing',
    'canceled → processing',
  ],
  reconciler: ['processing → failed', 'processing → queued', 'processing → canceled'],
  person: ['queued → canceled', 'failed → queued', 'canceled → queued', ...fromAnywhere],
  world: [],
};

/** Whether the step is one of a starter that does not know yet that its lock is gone, and what others have found since. */
const isFrozen = (from: State, to: State): boolean =>
  from.starters.some(({ at, connected }, index) => at !== to.starters[index]?.at && !connected);

const runOf = ({ runs }: State, id: number | undefined): Run | undefined => runs.find((run) => run.id === id);

export function broken(protocol: Protocol, from: State, step: ProtocolStep): string | undefined {
  return invariantNames.find((name) => invariants[name]?.(protocol, from, step) === false);
}
