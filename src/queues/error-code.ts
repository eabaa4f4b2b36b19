import { Interruption } from './interruption.ts';

/** Types that JavaScript and Temporal's SDK give by themselves: they say nothing but that something was not foreseen. */
const unforeseen = new Set([
  'WorkerShutdown',
  'NotFoundError',
  'Error',
  'AggregateError',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
]);

/** They come from between us and Temporal, and are no outcome of a job. */
const interruptions: ReadonlySet<string> = new Set(Object.values(Interruption));

/** Whether the type of a failure is a code for the row: of the engine, of the work, or of whoever wrote that. */
export function isErrorCode(type: string | null | undefined): type is string {
  return type != null && type !== '' && !unforeseen.has(type) && !interruptions.has(type);
}
