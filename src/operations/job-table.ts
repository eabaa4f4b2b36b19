import { mapWords, quoteColumn } from '../platform/database.ts';
import { standardColumns, standardStates } from '../queues/standard.ts';
import type { RegisteredQueue } from './registered-queue.ts';

/** What is read of jobs beside the columns of their lifecycle, where the table has it. */
const moreColumns = {
  createdAt: 'created_at',
  label: 'label',
  key: 'key',
  input: 'input',
  result: 'result',
  workflowId: 'workflow_id',
  question: 'question',
  answer: 'answer',
  answerBy: 'answer_by',
};
/** What a watched queue's jobs are known by. */
const ofWatched = { label: 'workflow_id' };
/** An application's table may have a column of the same name; that column is not read as ours. */
const ofFenced = { key: '', workflowId: '' };

type Columns = Record<keyof typeof standardColumns | keyof typeof moreColumns, string>;
export type ColumnRole = keyof Columns;

/** The names by which statements read the jobs of a queue, made of the registry's row alone. */
export function jobTable(queue: RegisteredQueue) {
  const columns: Columns = {
    ...standardColumns,
    ...moreColumns,
    ...(queue.kind === 'watched' ? ofWatched : ofFenced),
    ...queue.columns,
  };
  const attributes = new Set(queue.attributes);
  const has = (...roles: ColumnRole[]) => roles.every((role) => attributes.has(columns[role]));
  const c = mapWords(columns, quoteColumn);
  return {
    /** As SQL, quoted. */
    table: queue.job_table,
    columns,
    states: { parked: '', ...standardStates, ...queue.states },
    /** Whether the table has all these columns. */
    has,
    /** The column as SQL; NULL of this type where the table has none. */
    column: (role: ColumnRole, type: string) => (has(role) ? `job.${c[role]}` : `NULL::${type}`),
    /** The type of the column as SQL. */
    typeOf: (role: ColumnRole): string => queue.types[columns[role]] ?? 'text',
  };
}

export type JobTable = ReturnType<typeof jobTable>;
