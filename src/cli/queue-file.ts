import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isWatchedQueue, type WatchedQueue } from '../client/define-queue.ts';
import { SetupError } from '../platform/errors.ts';

/**
 * The queues that a module exports: one by one, in lists, or as its default.
 * @throws {SetupError} when there is none, or two of one name
 */
export async function loadQueues(file: string): Promise<WatchedQueue[]> {
  const exported = Object.values(await load(file)).flatMap((value: unknown) =>
    typeof value === 'object' && value !== null && !isWatchedQueue(value) ? Object.values(value) : [value],
  );
  const queues = [...new Set(exported.filter(isWatchedQueue))];
  if (queues.length === 0)
    throw new SetupError(`${file} exports no queue: export const orders = defineQueue('orders', …)`);
  const names = queues.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new SetupError(`${file} defines the queue "${twice}" twice`);
  return queues;
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new SetupError(
      `${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}
