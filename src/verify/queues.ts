import type { Pool } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { accessProblems, kindProblems, rowSecurityProblems, schemaProblems } from './access.ts';
import { everyProblem } from './every-problem.ts';
import { indexDifferences } from './indexes.ts';
import { sameWords, stateDifferences } from './states.ts';
import { readShape, type TableShape } from './table-shape.ts';
import { typeDifferences } from './types.ts';

/**
 * Compares a queue's definition with the database, and checks whether its rows can be seen and changed from here: what a starter
 * must know before it claims.
 * @throws {SetupError} that lists every difference: what the definition names, and what the table has
 */
export const verifyQueue = async (pool: Pool, queue: QueueDefinition): Promise<void> =>
  refuse(queue, await differences(pool, queue));

/**
 * Checks whether the table is there with its columns, and whether its rows can be seen and changed from here: what a worker must
 * know before it takes a row for gone.
 * @throws {SetupError} that lists all that is in the way
 */
export async function verifyAccess(pool: Pool, queue: QueueDefinition): Promise<void> {
  const found = await tableProblems(pool, queue);
  refuse(queue, 'problems' in found ? found.problems : await accessProblems(pool, queue));
}

/**
 * The least that is asked of a queue whose jobs others do: a worker writes the ends of all jobs, and reconciles all queues.
 * @throws {SetupError} when row-level security hides its rows
 */
export const verifyRowSecurity = async (pool: Pool, queue: QueueDefinition): Promise<void> =>
  refuse(queue, await rowSecurityProblems(pool, queue));

/**
 * {@link verifyQueue} for all queues.
 * @throws {SetupError} that lists every difference of every queue
 */
export const verifyQueues = (pool: Pool, queues: readonly QueueDefinition[]): Promise<void> =>
  everyProblem(queues.map((queue) => () => verifyQueue(pool, queue)));

/** What of the table does not fit the definition, whoever asks: no rights, triggers, states and indexes. */
export async function shapeProblems(pool: Pool, queue: QueueDefinition): Promise<string[]> {
  const found = await tableProblems(pool, queue);
  if ('problems' in found) return found.problems;
  return [
    ...(await kindProblems(pool, queue)),
    ...typeDifferences(queue, found.shape),
    ...definitionProblems(queue),
  ];
}

function refuse(queue: QueueDefinition, problems: readonly string[]): void {
  if (problems.length > 0)
    throw new SetupError(`Queue "${queue.name}" does not fit the database:\n  ${problems.join('\n  ')}`);
}

/** The table as it is, or what keeps anything else from being asked about it. */
async function tableProblems(
  pool: Pool,
  queue: QueueDefinition,
): Promise<{ problems: string[] } | { shape: TableShape }> {
  const closed = await schemaProblems(pool, queue);
  if (closed.length > 0) return { problems: closed };
  const shape = await readShape(pool, queue);
  if (shape === undefined)
    return {
      problems: [
        `table ${queue.table} does not exist; run \`npm run migrate\`. Names are exact: public.Job is not public.job`,
      ],
    };
  const missing = missingColumns(queue, shape);
  return missing.length > 0 ? { problems: missing } : { shape };
}

async function differences(pool: Pool, queue: QueueDefinition): Promise<string[]> {
  const found = await tableProblems(pool, queue);
  if ('problems' in found) return [...found.problems, ...definitionProblems(queue)];
  const { shape } = found;
  const unfit = [...(await accessProblems(pool, queue)), ...typeDifferences(queue, shape)];
  // What Postgres is then asked about states and indexes would only fail.
  if (unfit.length > 0) return [...unfit, ...definitionProblems(queue)];
  return [
    ...definitionProblems(queue),
    ...(await stateDifferences(pool, queue, shape)),
    ...(await indexDifferences(pool, queue)),
  ];
}

function missingColumns(queue: QueueDefinition, shape: TableShape): string[] {
  const names = shape.columns.map(({ name }) => name);
  const wanted = [
    ...Object.entries(queue.columns).map(([role, column]) => [`columns.${role}`, column] as const),
    ...queue.resultColumns.map((column) => ['resultColumns', column] as const),
    ...(queue.progressColumns ?? []).map((column) => ['progressColumns', column] as const),
    ...(queue.workflowColumns ?? []).map((column) => ['workflowColumns', column] as const),
    ...queue.order.map((term) => ['order', term.column] as const),
    ...keyColumns(queue),
    ...(queue.adopts === undefined ? [] : [['adopts.leaseColumn', queue.adopts.leaseColumn] as const]),
    ...newestColumns(queue),
    ...parkingColumns(queue),
  ];
  return wanted
    .filter(([, column]) => !names.includes(column))
    .map(
      ([role, column]) =>
        `${role} names "${column}", and ${queue.table} has no such column; it has ${names.join(', ')}`,
    );
}

/** What is wrong with the definition, whatever the table is like. */
const definitionProblems = (queue: QueueDefinition) => [...sameWords(queue), ...plainProblems(queue)];

/** Of a queue whose workflow knows nothing of it. */
function plainProblems({ plainWorkflow, resultColumns, rowTaskQueue }: QueueDefinition): string[] {
  if (plainWorkflow === undefined) return [];
  const { result } = plainWorkflow;
  return [
    ...(result === undefined || resultColumns.includes(result)
      ? []
      : [
          `plainWorkflow.result is "${result}", which is not one of the resultColumns (${resultColumns.join(', ')})`,
        ]),
    ...(rowTaskQueue === undefined
      ? [
          'plainWorkflow needs a rowTaskQueue, on which the workers of the engine write its rows: rowTaskQueue(settings)',
        ]
      : []),
  ];
}

function newestColumns({ keeps }: QueueDefinition): [string, string][] {
  if (keeps?.newest === undefined) return [];
  const { per, of } = keeps.newest;
  return Object.entries({ per, of }).map(([role, column]) => [`keeps.newest.${role}`, column]);
}

function keyColumns({ key }: QueueDefinition): (readonly [string, string])[] {
  if (key === undefined) return [];
  const own = ['key.column', key.column] as const;
  return key.shareColumn === undefined ? [own] : [own, ['key.shareColumn', key.shareColumn]];
}

function parkingColumns({ parking }: QueueDefinition): [string, string][] {
  if (parking === undefined) return [];
  const { question, answer, answerBy } = parking;
  return Object.entries({ question, answer, answerBy }).map(([role, column]) => [`parking.${role}`, column]);
}
