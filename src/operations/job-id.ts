import { subjectOf } from '../platform/database-errors.ts';
import { readId } from '../queues/definition.ts';
import { jobTable } from './job-table.ts';
import { Refusal } from './refusal.ts';
import { quoted, type RegisteredQueue } from './registered-queue.ts';

const knownTypes = { uuid: 'uuid', bigint: 'bigint', integer: 'integer', text: 'text' } as const;

/**
 * The id of a job of the queue as its table writes it.
 * @throws {Refusal} BAD_JOB_ID
 */
export function readJobId(queue: RegisteredQueue, id: string): string {
  const type = jobTable(queue).typeOf('id');
  const idType = Object.hasOwn(knownTypes, type) ? knownTypes[type as keyof typeof knownTypes] : 'text';
  const known = readId(idType, id);
  if (known === undefined) throw wrongId(queue, id);
  return known;
}

/** What an error of a look for a job means: an id that its type cannot be, or something else. */
export const badJobId = (queue: RegisteredQueue, id: string, error: unknown): unknown =>
  subjectOf(error) === 'row' ? wrongId(queue, id, error) : error;

function wrongId(queue: RegisteredQueue, id: string, cause?: unknown): Refusal {
  const type = jobTable(queue).typeOf('id');
  const what =
    { uuid: 'a UUID', bigint: 'a whole number', integer: 'a whole number' }[type] ?? `of type ${type}`;
  return new Refusal(
    'bad',
    'BAD_JOB_ID',
    `the id of a job of queue ${queue.name} is ${what}; got ${quoted(id)}`,
    {},
    cause,
  );
}

export const noSuchJob = (queue: RegisteredQueue, id: string): Refusal =>
  new Refusal('missing', 'NO_SUCH_JOB', `the queue ${queue.name} has no job ${quoted(id)}`);
