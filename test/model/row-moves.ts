import type { Protocol } from './protocol.ts';
import type { Row, Run, State } from './state.ts';

/** Whether a claimer holds the row, so that others who lock it wait. Without a lock its UPDATE still holds it to COMMIT. */
export function isHeld(protocol: Protocol, { starters }: State): boolean {
  return starters.some(({ at, connected }) =>
    protocol.rowLock ? at !== 'idle' && connected : at === 'marked',
  );
}

/** As a claim marks it: `markStarted` in src/queues/statements.ts. */
export const marked = (row: Row, run: number): Row => ({
  status: 'processing',
  run,
  attempt: row.attempt + 1,
  cancelRequested: false,
});

/** Queued again; a row that is to be canceled ends instead: the trigger of migrations/1700000000004_control.sql. */
export const requeued = (row: Row): Row => ({ ...row, status: row.cancelRequested ? 'canceled' : 'queued' });

/** Whether the row is this run's own, as far as writes go. */
export function isOwner(protocol: Protocol, row: Row, run: Run): boolean {
  return row.run === run.id || (protocol.reset === 'shares' && row.run === run.first);
}

/** The row as a run's first step leaves it, when that says go: `begin` in src/activities/jobs.ts. */
export function begun(protocol: Protocol, row: Row, run: Run): Row | undefined {
  const ofPredecessor = row.run === run.first && row.run !== run.id;
  switch (row.status) {
    case 'processing':
      if (row.run === run.id) return row;
      if (!ofPredecessor) return undefined;
      if (protocol.reset === 'shares') return row;
      return { ...marked(row, run.id), cancelRequested: row.cancelRequested };
    case 'queued': {
      const another = protocol.reset === 'adopts' ? row.run !== run.id : !isOwner(protocol, row, run);
      return protocol.takeOver && another ? marked(row, run.id) : undefined;
    }
    case 'failed':
    case 'canceled':
      return ofPredecessor ? marked(row, run.id) : undefined;
    default:
      return undefined;
  }
}

/** Whether a later write of this run changes the row: the conditions of `complete`, `fail` and `cancel`. */
export function mayWrite(protocol: Protocol, row: Row, run: Run): boolean {
  if (row.status === 'gone') return false;
  if (protocol.legality && row.status !== 'processing') return false;
  return !protocol.fence || isOwner(protocol, row, run);
}
