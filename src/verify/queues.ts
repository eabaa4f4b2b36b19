import type { Pool } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { accessProblems } from './access.ts';
import { indexDifferences } from './indexes.ts';
import { sameWords, stateDifferences } from './states.ts';
import { readShape, type TableShape } from './table-shape.ts';
import { typeDifferences } from './types.ts';

/**
 * Compares a queue's definition with the database, and looks whether its rows can be seen and changed from here.
 * @throws {SetupError} that lists every difference: what the definition names, and what the table has
 */
export async function verifyQueue(pool: Pool, queue: QueueDefinition): Promise<void> {
  const problems = await differences(pool, queue);
  if (problems.length > 0) {
    throw new SetupError(`Queue "${queue.name}" does not fit the database:\n  ${problems.join('\n  ')}`);
  }
}

/**
 * The same for all queues.
 * @throws {SetupError} that lists every difference of every queue
 */
export async function verifyQueues(pool: Pool, queues: readonly QueueDefinition[]): Promise<void> {
  const problems: string[] = [];
  for (const queue of queues) {
    await verifyQueue(pool, queue).catch((error: unknown) => {
      if (!(error instanceof SetupError)) throw error;
      problems.push(error.message);
    });
  }
  if (problems.length > 0) throw new SetupError(problems.join('\n'));
}

async function differences(pool: Pool, queue: QueueDefinition): Promise<string[]> {
  const shape = await readShape(pool, queue);
  if (shape === undefined)
    return [
      `table ${queue.table} does not exist; run \`npm run migrate\`. Names are exact: public.Job is not public.job`,
    ];
  const missing = missingColumns(queue, shape);
  if (missing.length > 0) return [...missing, ...sameWords(queue)];
  const unfit = [...(await accessProblems(pool, queue)), ...typeDifferences(queue, shape)];
  // What Postgres is then asked about states and indexes would only fail.
  if (unfit.length > 0) return [...unfit, ...sameWords(queue)];
  return [
    ...sameWords(queue),
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
