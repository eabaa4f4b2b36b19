import { checkOptions } from './check-options.ts';
import type { QueueOptions } from './queue-options.ts';
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts';
import type { InputOf, ResultOf, Workflow } from './workflow-types.ts';

declare const types: unique symbol;

/**
 * A watched queue, as data: what {@link defineQueue} answers.
 * @typeParam Input what `enqueue` takes
 * @typeParam Result what the workflow returns
 * @typeParam Stored what the workflow is given: the input, as its schema makes it
 */
export interface WatchedQueue<Input = unknown, Result = unknown, Stored = unknown> {
  readonly kind: 'watched';
  readonly name: string;
  readonly options: Readonly<QueueOptions>;
  readonly inputSchema?: StandardSchema | undefined;
  readonly resultSchema?: StandardSchema | undefined;
  /** Stands in no value. */
  readonly [types]?: { input: Input; result: Result; stored: Stored };
}

/** Schemas of any library that speaks Standard Schema. */
interface Schemas<Input, Result> {
  /** Checks the input at `enqueue`; what it answers is sent. With `inputIsArgs`, of the array of arguments. */
  inputSchema?: StandardSchema<unknown, Input>;
  /** Checks the result at `getJob`; what it answers is told. */
  resultSchema?: StandardSchema<unknown, Result>;
}

/**
 * Defines a watched queue: any workflow, in any language, on its own task queue. The definition does nothing by itself; `switchyard
 * sync` or {@link queueStatement} writes it to the database.
 *
 * `defineQueue<typeof processOrder>(…)` takes the types of input and result from the workflow, of which it imports types alone.
 * Without it they come from the schemas, else they are unknown.
 * @throws {TypeError} when the options contradict each other, or one of them is unknown
 */
export function defineQueue<
  const InputSchema extends StandardSchema | undefined = undefined,
  const ResultSchema extends StandardSchema | undefined = undefined,
>(
  name: string,
  options: QueueOptions & { inputSchema?: InputSchema; resultSchema?: ResultSchema },
): WatchedQueue<SchemaInput<InputSchema>, SchemaOutput<ResultSchema>, SchemaOutput<InputSchema>>;
export function defineQueue<W extends Workflow>(
  name: string,
  options: QueueOptions & { inputIsArgs: true } & Schemas<Parameters<W>, ResultOf<W>>,
): WatchedQueue<Parameters<W>, ResultOf<W>, Parameters<W>>;
export function defineQueue<W extends Workflow>(
  name: string,
  options: QueueOptions & { inputIsArgs?: false } & Schemas<InputOf<W>, ResultOf<W>>,
): WatchedQueue<InputOf<W>, ResultOf<W>, InputOf<W>>;
export function defineQueue(
  name: string,
  { inputSchema, resultSchema, ...options }: QueueOptions & Schemas<unknown, unknown>,
): WatchedQueue {
  checkOptions(name, options);
  return Object.freeze({ kind: 'watched', name, options: Object.freeze(options), inputSchema, resultSchema });
}

/** Whether a value, as a module exports it, is a definition of a watched queue. */
export function isWatchedQueue(value: unknown): value is WatchedQueue {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, name, options } = value as Partial<WatchedQueue>;
  return kind === 'watched' && typeof name === 'string' && typeof options === 'object' && options !== null;
}
