import type { SignalDefinition } from '@temporalio/common';
import { cancelJob, reprioritizeJob, rescheduleJob, retryJob, signalJob } from '../sql/client.ts';
import { ask, type Db } from './database.ts';
import type { WatchedQueue } from './define-queue.ts';
import { idText, type JobId, priorityText, timeText } from './field-texts.ts';
import { inputText, plainText } from './input-text.ts';
import type { JobStatus } from './job.ts';
import { jsonText } from './json.ts';

/** A queue's definition or its name. */
export type QueueOrName = WatchedQueue | string;

/**
 * Cancels a job, in the transaction that `db` is in: at once when it waits; the workflow of one in flight is asked to end.
 * @returns its status after that
 */
export async function cancel(db: Db, queue: QueueOrName, id: JobId): Promise<JobStatus> {
  return (await ask(db, cancelJob, [nameOf(queue), idText(id)])) as JobStatus;
}

/**
 * Queues a job again that has ended, for another attempt, with the input that it had or another.
 * @returns its status after that
 * @throws the error of Postgres when the job has not ended
 */
export async function retry<Input>(
  db: Db,
  queue: WatchedQueue<Input> | string,
  id: JobId,
  options: { input?: NoInfer<Input> } = {},
): Promise<JobStatus> {
  const { input } = options;
  const isKnown = typeof queue === 'object' && input !== undefined;
  const text = isKnown ? await inputText(queue, input, 'input') : plainText(input);
  return (await ask(db, retryJob, [nameOf(queue), idText(id), text])) as JobStatus;
}

/** Gives a job that waits another priority. */
export async function reprioritize(db: Db, queue: QueueOrName, id: JobId, priority: number): Promise<void> {
  const text = priorityText(priority, 'priority');
  await ask(db, reprioritizeJob, [nameOf(queue), idText(id), text]);
}

/** Gives a job that waits another time to start at the earliest; `null`: at once. */
export async function reschedule(db: Db, queue: QueueOrName, id: JobId, runAt: Date | null): Promise<void> {
  await ask(db, rescheduleJob, [nameOf(queue), idText(id), timeText(runAt, 'runAt')]);
}

/**
 * Sends a signal to a job's workflow when the transaction that `db` is in commits. Signals of one job are delivered in order, each
 * once; while the job waits they wait too.
 * @param definition what the workflow made with `defineSignal`, or the signal's name
 * @returns the id of its row in `switchyard.signals`, which says later whether it was delivered
 * @throws {TypeError} before anything is sent, when JSON cannot say an argument
 */
export async function signal<Args extends unknown[]>(
  db: Db,
  queue: QueueOrName,
  id: JobId,
  definition: SignalDefinition<Args>,
  ...args: NoInfer<Args>
): Promise<string>;
export async function signal(
  db: Db,
  queue: QueueOrName,
  id: JobId,
  name: string,
  ...args: unknown[]
): Promise<string>;
export async function signal(
  db: Db,
  queue: QueueOrName,
  id: JobId,
  definition: string | { name: string },
  ...args: unknown[]
): Promise<string> {
  const name = typeof definition === 'string' ? definition : definition.name;
  const values = [nameOf(queue), idText(id), name, jsonText(args, 'args')];
  return String(await ask(db, signalJob, values));
}

const nameOf = (queue: QueueOrName): string => (typeof queue === 'string' ? queue : queue.name);
