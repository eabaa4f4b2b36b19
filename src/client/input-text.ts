import type { WatchedQueue } from './define-queue.ts';
import { jsonText } from './json.ts';
import { checked } from './standard-schema.ts';

/**
 * The JSON of an input, as its schema makes it; null when there is none.
 * @param name what it is called in errors
 * @throws {TypeError} when JSON cannot say it; {SchemaError} when its schema refuses it
 */
export async function inputText(queue: WatchedQueue, input: unknown, name: string): Promise<string | null> {
  const value = await checked(queue.inputSchema, input, `${name} of queue "${queue.name}"`);
  if (queue.options.inputIsArgs === true && !Array.isArray(value)) {
    throw new TypeError(`${name} must be an array: queue "${queue.name}" has inputIsArgs`);
  }
  return plainText(value, name);
}

/** The JSON of what may be missing. */
export const plainText = (value: unknown, name = 'input'): string | null =>
  value === undefined ? null : jsonText(value, name);
