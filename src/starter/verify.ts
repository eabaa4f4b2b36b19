import type { Pool } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { accessProblems } from './verify-access.ts';

interface TableShape {
  columns: string[];
  states: string[] | null;
  indexes: { name: string; definition: string; predicate: string | null }[] | null;
  id_type: string | null;
}

/**
 * Compares a queue's definition with the database, and looks whether its rows can be seen and changed from here.
 * @throws {SetupError} that lists every difference: what the definition names, and what the table has
 */
export async function verifyQueue(pool: Pool, queue: QueueDefinition): Promise<void> {
  const { rows } = await pool.query<TableShape>(shapeQuery, [
    queue.table,
    queue.columns.status,
    [queue.claimIndex, queue.key?.claimIndex ?? null],
    queue.columns.id,
  ]);
  const shape = rows[0];
  const problems =
    shape === undefined || shape.columns.length === 0
      ? [`table ${queue.table} does not exist; run \`npm run migrate\``]
      : [...differences(queue, shape), ...(await accessProblems(pool, queue))];
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

function differences(queue: QueueDefinition, shape: TableShape): string[] {
  const has = new Set(shape.columns);
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
  const missing = wanted
    .filter(([, column]) => !has.has(column))
    .map(
      ([role, column]) =>
        `${role} names "${column}", and ${queue.table} has no such column; it has ${shape.columns.join(', ')}`,
    );
  return [
    ...missing,
    ...sameWords(queue),
    ...stateDifferences(queue, shape),
    ...idDifferences(queue, shape),
    ...indexDifferences(queue, shape),
  ];
}

function sameWords({ states }: QueueDefinition): string[] {
  const words = Object.values({ ...states });
  return words
    .filter((word, i) => words.indexOf(word) < i)
    .map((word) => `"${word}" is the word for two states; they are ${JSON.stringify(states)}`);
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

function stateDifferences(queue: QueueDefinition, shape: TableShape): string[] {
  const { states } = shape;
  if (states === null) return [];
  const words = { ...queue.states, ...(queue.parking && { parked: queue.parking.state }) };
  return Object.entries(words)
    .filter(([, word]) => !states.includes(word))
    .map(
      ([role, word]) =>
        `states.${role} is "${word}", and ${queue.table}.${queue.columns.status} knows ${states.join(', ')}`,
    );
}

function idDifferences(queue: QueueDefinition, shape: TableShape): string[] {
  if (shape.id_type === null || shape.id_type === queue.idType) return [];
  return [`idType is "${queue.idType}", and ${queue.table}.${queue.columns.id} is ${shape.id_type}`];
}

function indexDifferences(queue: QueueDefinition, shape: TableShape): string[] {
  const inOrder = queue.order.map(({ column, direction }) => [column, direction] as const);
  const byKey = inOrder.filter(([column]) => column !== queue.columns.priority);
  return [
    ...indexDifference(queue, shape, 'claimIndex', queue.claimIndex, inOrder.map(indexTerm).join(', ')),
    ...(queue.key === undefined
      ? []
      : indexDifference(
          queue,
          shape,
          'key.claimIndex',
          queue.key.claimIndex,
          `${queue.columns.priority}, COALESCE(${queue.key.column}, ''::text), ${byKey.map(indexTerm).join(', ')}`,
        )),
  ];
}

const indexTerm = ([column, direction]: readonly [string, 'ASC' | 'DESC']) =>
  direction === 'DESC' ? `${column} DESC` : column;

function indexDifference(
  queue: QueueDefinition,
  shape: TableShape,
  role: string,
  name: string,
  columns: string,
): string[] {
  const { status, runAt } = queue.columns;
  const waiting = queue.states.waiting;
  const wanted = `an index on ${queue.table} (${columns}) WHERE ${status} = '${waiting}' AND ${runAt} IS NULL`;
  const index = shape.indexes?.find((found) => found.name === name);
  if (index === undefined) return [`${role} "${name}" is missing; it must be ${wanted}`];
  const fits =
    index.definition.includes(`(${columns})`) &&
    [status, `'${waiting}'`, `${runAt} IS NULL`].every((part) => index.predicate?.includes(part));
  return fits ? [] : [`${role} "${name}" must be ${wanted}; it is ${index.definition}`];
}

/** $1 table, $2 status column, $3 indexes, $4 id column. */
const shapeQuery = `
  SELECT ARRAY(SELECT attname::text FROM pg_attribute
                WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum) AS columns,
         (SELECT array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum
           WHERE enumtypid = (SELECT atttypid FROM pg_attribute
                               WHERE attrelid = to_regclass($1) AND attname = $2)) AS states,
         (SELECT jsonb_agg(jsonb_build_object('name', relname, 'definition', pg_get_indexdef(indexrelid),
                                              'predicate', pg_get_expr(indpred, indrelid)))
            FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
           WHERE indrelid = to_regclass($1) AND relname = ANY ($3::text[]) AND indisvalid) AS indexes,
         (SELECT format_type(atttypid, NULL) FROM pg_attribute
           WHERE attrelid = to_regclass($1) AND attname = $4 AND attnum > 0) AS id_type`;
