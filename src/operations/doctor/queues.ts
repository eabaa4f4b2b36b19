import { mapWords, type Pool, quoteColumn, quoteLiteral } from '../../platform/database.ts';
import type { Settings } from '../../platform/settings.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import { standardColumns, standardStates } from '../../queues/standard.ts';
import { readWatchedQueues } from '../../registry/watched-queues.ts';
import { listRegisteredQueues, type RegisteredQueue } from '../registered-queue.ts';

type Role = keyof QueueDefinition['columns'];
type State = keyof QueueDefinition['states'];

/** A queue of the registry, with its definition where code or registry has one. */
export interface InspectedQueue {
  readonly name: string;
  readonly kind: 'fenced' | 'watched';
  /** The job table, as SQL. */
  readonly table: string;
  /** The table of the application whose rows are its jobs, as SQL; `null`: it has none. */
  readonly source: string | null;
  /** Where workflows of a watched queue are done; `null`: its definition says it. */
  readonly taskQueue: string | null;
  /** The names of its columns and the words of its states, unquoted. */
  readonly columns: Readonly<Record<Role, string>>;
  readonly states: Readonly<Record<State, string>>;
  /** The columns that its table has; none: it is not there. */
  readonly attributes: ReadonlySet<string>;
  /** `undefined`: the code that defines it is not known here. */
  readonly definition: QueueDefinition | undefined;
}

/** All queues of the registry. `known` are those that code defines; watched ones are defined by the registry itself. */
export async function inspectQueues(
  pool: Pool,
  known: readonly QueueDefinition[],
  settings: Pick<Settings, 'claimBatch'>,
): Promise<InspectedQueue[]> {
  const definitions = [...known, ...(await readWatchedQueues(pool, settings))];
  return (await listRegisteredQueues(pool)).map((row) =>
    inspected(
      row,
      definitions.find(({ name }) => name === row.name),
    ),
  );
}

const inspected = (row: RegisteredQueue, definition: QueueDefinition | undefined): InspectedQueue => ({
  name: row.name,
  kind: row.kind,
  table: row.job_table,
  source: row.source,
  taskQueue: row.task_queue,
  columns: { label: 'id', ...standardColumns, ...row.columns, ...definition?.columns },
  states: { ...standardStates, ...row.states, ...definition?.states },
  attributes: new Set(row.attributes),
  definition,
});

/** Those whose table is there and has the columns of these roles. */
export const withColumns = (queues: readonly InspectedQueue[], ...roles: Role[]): InspectedQueue[] =>
  queues.filter(({ attributes, columns }) => roles.every((role) => attributes.has(columns[role])));

/** Table, columns and states as SQL. */
export const sqlOf = ({
  table,
  columns,
  states,
}: InspectedQueue): { table: string; c: Record<Role, string>; s: Record<State, string> } => ({
  table,
  c: mapWords(columns, quoteColumn),
  s: mapWords(states, quoteLiteral),
});
