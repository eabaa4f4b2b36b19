import type { Protocol } from './protocol.ts';
import type { Row, Run, RunId, State, Table } from './state.ts';

/** Whether a claimer holds the row, so that others who lock it wait. Without a lock its UPDATE still holds it to COMMIT. */
export function isHeld(protocol: Protocol, { starters }: State): boolean {
  return starters.some(({ at, connected }) =>
    protocol.rowLock ? at !== 'idle' && connected : at === 'marked',
  );
}

/** As a claim marks it: `markStarted` in src/sql/job.ts. */
export const marked = (row: Row, run: RunId): Row => ({
  ...row,
  ...ownedBy(row, run),
  attempt: row.attempt + 1,
  noted: false,
});

/** As a reset takes it along: `takeByReset`. The attempt stays, and what was asked of the row is over. */
const takenByReset = (row: Row, run: RunId): Row => ({
  ...row,
  ...ownedBy(row, run),
  cancelRequested: false,
});

const ownedBy = ({ owners }: Row, run: RunId): Partial<Row> => ({
  status: 'processing',
  run,
  owners: owners.includes(run) ? owners : [...owners, run],
});

/** Queued again; a row that is to be canceled ends instead: the trigger of migrations/04_queues.sql. */
export const requeued = (row: Row): Row => ({ ...row, status: row.cancelRequested ? 'canceled' : 'queued' });

/** The row as a run's first step leaves it, when that says go: `ownershipOf` in src/activities/rows/ownership.ts. */
export function begun(protocol: Protocol, row: Row, { id, first }: Run): Row | undefined {
  if (row.status === 'gone' || row.status === 'complete') return undefined;
  if (row.run === id) return row.status === 'processing' ? row : undefined;
  if (protocol.reset === 'shares' && row.status === 'processing' && row.run === first) return row;
  // A run that owned the row before and lost it is a zombie; a new run of a chain that owned it is its reset.
  if (row.owners.includes(id)) return undefined;
  if (row.status === 'queued') return protocol.takeOver ? marked(row, id) : undefined;
  return id !== first && row.owners.includes(first) ? takenByReset(row, id) : undefined;
}

/** The history of the row notes that its table refuses it: `noteReasons` in src/sql/refusal-reasons.ts. */
export const noted = ({ row, table }: Pick<State, 'row' | 'table'>): Pick<State, 'row' | 'table'> => ({
  row: { ...row, noted: true },
  table: told(table),
});

export const told = (table: Table): Table => ({ ...table, told: table.refuses });

/** Whether the row is this run's own, as far as writes go. */
export const isOwner = ({ fence }: Protocol, row: Row, { id, first }: Run): boolean =>
  row.run === id || (fence === 'chain' && row.run === first);

/** Whether a later write of this run changes the row: the conditions of `complete`, `fail` and `cancel`. */
export function mayWrite(protocol: Protocol, row: Row, run: Run): boolean {
  if (row.status === 'gone') return false;
  if (protocol.legality && row.status !== 'processing') return false;
  return protocol.fence === 'none' || isOwner(protocol, row, run);
}
