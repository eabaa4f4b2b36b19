import type { Pool } from '../../src/platform/database.ts';
import { quoteColumn, quoteLiteral, quoteName } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { lettersQueue } from './letters/queue.ts';

/** What a table of somebody else's is like, where it is not as our own would be. */
export interface Adopted {
  table?: string;
  /** Types and constraints by the names of our own columns. */
  types?: Record<string, string>;
  /** Names in place of ours. */
  names?: Record<string, string>;
  states?: Partial<QueueDefinition['states']>;
  idType?: QueueDefinition['idType'];
  before?: string;
}

const lifecycle = {
  id: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  status: 'text',
  label: 'text',
  customer: 'text',
  run_id: 'text',
  attempt: 'integer',
  started_by: 'text',
  deadline: 'timestamptz',
  started_at: 'timestamptz',
  priority: 'integer NOT NULL DEFAULT 0',
  request_id: 'text',
  completed_at: 'timestamptz',
  failed_at: 'timestamptz',
  error_code: 'text',
  error_message: 'text',
  run_at: 'timestamptz',
  cancel_requested_at: 'timestamptz',
  canceled_at: 'timestamptz',
  created_at: 'timestamptz NOT NULL DEFAULT clock_timestamp()',
};

/** Makes such a table, its indexes and triggers, as docs/adding-a-queue.md tells; answers its definition. */
export async function adopt(pool: Pool, adopted: Adopted): Promise<QueueDefinition> {
  const { table = 'public.orders', names = {}, types = {}, idType = 'bigint', before = '' } = adopted;
  const { files: _files, ...own } = lettersQueue();
  const nameOf = (column: string) => names[column] ?? column;
  const q = (column: string) => quoteColumn(nameOf(column));
  const columns = {
    ...Object.fromEntries(Object.entries(own.columns).map(([role, column]) => [role, nameOf(column)])),
    startedBy: nameOf('started_by'),
    deadline: nameOf('deadline'),
    label: nameOf('label'),
  } as QueueDefinition['columns'];
  const queue: QueueDefinition = {
    ...own,
    name: 'orders',
    table,
    columns,
    resultColumns: [],
    states: { ...own.states, ...adopted.states },
    order: own.order.map((term) => ({ ...term, column: nameOf(term.column) })),
    key: { column: nameOf('customer'), claimIndex: 'orders_by_key_idx' },
    claimIndex: 'orders_claim_idx',
    idType,
    fair: true,
  };
  const on = quoteName(table);
  const waits = `WHERE ${q('status')} = ${quoteLiteral(queue.states.waiting)} AND ${q('run_at')} IS NULL`;
  const body = Object.entries({ ...lifecycle, ...types }).map(([column, type]) => `${q(column)} ${type}`);
  await pool.query(`${before}; CREATE TABLE ${on} (${body.join(', ')})`);
  await pool.query(`
    CREATE INDEX orders_claim_idx ON ${on} (${q('priority')}, ${q('created_at')}, ${q('id')}) ${waits};
    CREATE INDEX orders_by_key_idx ON ${on} (${q('priority')}, (coalesce(${q('customer')}, '')), ${q('created_at')}, ${q('id')}) ${waits}`);
  await pool.query(
    `SELECT switchyard.add_job_table('orders', $1, $2, $3), switchyard.grant_queue('orders', $1)`,
    [on, JSON.stringify(columns), JSON.stringify(queue.states)],
  );
  return queue;
}
