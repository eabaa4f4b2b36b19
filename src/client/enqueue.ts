import { enqueueJob, enqueueJobs } from '../sql/client.ts';
import { ask, type Db } from './database.ts';
import type { WatchedQueue } from './define-queue.ts';
import { priorityText, timeText } from './field-texts.ts';
import { inputText, plainText } from './input-text.ts';

/** How a job is enqueued. */
export interface EnqueueOptions {
  /** A UUID. When the queue has a job with it, nothing happens and `enqueue` answers it. Left out: a new one. */
  id?: string | undefined;
  /** When it starts at the earliest. */
  runAt?: Date | undefined;
  /** Lower goes first. Left out: 0. */
  priority?: number | undefined;
  /** The key by which jobs take turns and are limited. */
  key?: string | undefined;
  /** Left out: the queue's name and the id, `emails:…`. */
  workflowId?: string | undefined;
  /** Of the workflow: a value or several for each name. */
  searchAttributes?: Readonly<Record<string, unknown>> | undefined;
}

/** The input may be left out where the workflow takes none. */
type EnqueueArguments<Input> = undefined extends Input
  ? [input?: Input, options?: EnqueueOptions]
  : [input: Input, options?: EnqueueOptions];

/** One job of several. */
export type JobToEnqueue<Input> = EnqueueOptions &
  (undefined extends Input ? { input?: Input } : { input: Input });

/**
 * Makes a job of a queue without a table, in the transaction that `db` is in: it runs when that commits, and never else. Without an
 * input the workflow gets no argument.
 * @returns the job's id
 * @throws {TypeError} before anything is sent, when JSON cannot say the input; {SchemaError} when its schema refuses it
 * @throws the error of Postgres
 */
export async function enqueue<Input>(
  db: Db,
  queue: WatchedQueue<Input>,
  ...[input, options = {}]: EnqueueArguments<NoInfer<Input>>
): Promise<string> {
  const job = await jobText(queue, input, options, '');
  return String(await ask(db, enqueueJob, [queue.name, job]));
}

/**
 * The same for many jobs, in one statement.
 * @returns their ids, in the order of the jobs
 */
export async function enqueueMany<Input>(
  db: Db,
  queue: WatchedQueue<Input>,
  jobs: readonly JobToEnqueue<NoInfer<Input>>[],
): Promise<string[]> {
  const texts = await Promise.all(
    jobs.map(({ input, ...options }, index) => jobText(queue, input, options, `jobs[${index}].`)),
  );
  return JSON.parse(String(await ask(db, enqueueJobs, [queue.name, `[${texts.join()}]`])));
}

/** A job as `sql/client.ts` and `enqueue_many` take it. Without an input the field is missing; the input null is JSON's null. */
async function jobText(
  queue: WatchedQueue,
  input: unknown,
  { id, runAt, priority, key, workflowId, searchAttributes }: EnqueueOptions,
  prefix: string,
): Promise<string> {
  const { table } = queue.options;
  if (table !== undefined) {
    throw new TypeError(`a job of queue "${queue.name}" is a row of ${table}: insert one there`);
  }
  const fields: Record<string, string | null> = {
    input: await inputText(queue, input, `${prefix}input`),
    id: plainText(id, `${prefix}id`),
    run_at: plainText(timeText(runAt, `${prefix}runAt`) ?? undefined),
    priority: priorityText(priority, `${prefix}priority`),
    key: plainText(key, `${prefix}key`),
    workflow_id: plainText(workflowId, `${prefix}workflowId`),
    search_attributes: plainText(searchAttributes, `${prefix}searchAttributes`),
  };
  const given = Object.entries(fields).filter(([, json]) => json !== null);
  return `{${given.map(([field, json]) => `"${field}":${json}`).join()}}`;
}
