import type { Duration } from './duration.ts';

/**
 * A watched queue, as the SQL functions `switchyard.create_queue` and, with `table`, `switchyard.add_queue` take it. What is called an
 * expression is SQL; Postgres evaluates it on the row, `NEW`, in the transaction that writes the row.
 */
export interface QueueOptions {
  /** The workflow's type: the name of its function. */
  workflow: string;
  /** The task queue of the workers that run it. */
  taskQueue: string;
  /** The application's table whose rows are the jobs: `public.orders`. Left out: `enqueue` makes the jobs. */
  table?: string;
  /** With `table`: its column that is the job's id. Left out: its primary key. */
  id?: string;
  /** With `table`: a text with `{column}` in it, `order-{id}`. Left out: the queue's name and the id, `orders:7`. */
  workflowId?: string;
  /** With `table`: an expression that says whether a row starts a job. Left out: each INSERT does. */
  startWhen?: string;
  /** With `table`: an expression of type jsonb, the workflow's input. Left out: an object with the id. */
  input?: string;
  /** The input is an array of all arguments of the workflow; left out: it is the one argument. */
  inputIsArgs?: boolean;
  /** With `table`: an expression, the key by which jobs take turns and are limited. */
  key?: string;
  /** With `table`: an expression; jobs with a lower number go first. */
  priority?: string;
  /** With `table`: an expression, the time before which the job does not start. */
  runAt?: string;
  /** With `table`: an expression of type jsonb, the workflow's search attributes. */
  searchAttributes?: string;
  /** With `table`: its columns to which the job's fields are written: `{ status: 'job_status' }`. */
  mirror?: Readonly<Record<string, string>>;
  /** How many jobs may be in flight at once. Left out: the setting of the starter. */
  maxInFlight?: number;
  /** How many jobs of one key may be in flight at once. Left out: as many as there are. */
  maxPerKey?: number;
  /** Whether keys take turns. Left out: they do. */
  fair?: boolean;
  /** How long the workflow may take, with all of its runs: milliseconds, or `30 days`. Left out: as long as it needs. */
  executionTimeout?: Duration;
  /** How long one run of it may take. */
  runTimeout?: Duration;
}

interface OptionKind {
  /** What it is called in SQL. */
  sql: string;
  /** Its type in SQL. */
  type: 'text' | 'integer' | 'boolean' | 'interval' | 'jsonb' | 'regclass';
  /** Which of the two functions takes it, when not both do. */
  only?: 'add_queue';
}

/** Each option that a function takes by its name, in the order in which it is written. */
export const optionKinds: Record<Exclude<keyof QueueOptions, 'table'>, OptionKind> = {
  workflow: { sql: 'workflow', type: 'text' },
  taskQueue: { sql: 'task_queue', type: 'text' },
  id: { sql: 'id', type: 'text', only: 'add_queue' },
  workflowId: { sql: 'workflow_id', type: 'text', only: 'add_queue' },
  startWhen: { sql: 'start_when', type: 'text', only: 'add_queue' },
  input: { sql: 'input', type: 'text', only: 'add_queue' },
  inputIsArgs: { sql: 'input_is_args', type: 'boolean' },
  key: { sql: 'key', type: 'text', only: 'add_queue' },
  priority: { sql: 'priority', type: 'text', only: 'add_queue' },
  runAt: { sql: 'run_at', type: 'text', only: 'add_queue' },
  searchAttributes: { sql: 'search_attributes', type: 'text', only: 'add_queue' },
  mirror: { sql: 'mirror', type: 'jsonb', only: 'add_queue' },
  maxInFlight: { sql: 'max_in_flight', type: 'integer' },
  maxPerKey: { sql: 'max_per_key', type: 'integer' },
  fair: { sql: 'fair', type: 'boolean' },
  executionTimeout: { sql: 'execution_timeout', type: 'interval' },
  runTimeout: { sql: 'run_timeout', type: 'interval' },
};
