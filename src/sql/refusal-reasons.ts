import type { Pool } from '../platform/database.ts';
import { isDatabaseError, subjectOf, withoutValues } from '../platform/database-errors.ts';
import { JobError, KnownError } from '../platform/errors.ts';
import { refusalOf } from '../platform/temporal.ts';
import type { JobStatements } from './job.ts';

/** No error tells that a trigger answered NULL, or put the row back. */
export class NotMarked extends Error {
  override readonly name = 'NotMarked';

  constructor() {
    super('a trigger of the table kept the row from going in flight');
  }
}

/** Another workflow has the workflow id of a watched job. It is left alone, and the job waits. */
export class IdTaken extends KnownError {
  override readonly name = 'IdTaken';
}

export interface RefusedJob {
  id: string;
  attempt: number;
  error: unknown;
}

/** Shorter texts (`a`, `-1`) tell nothing, and without them no sentence could be read. */
const leastLength = 3;
const mostLength = 500;

/**
 * Why each of these rows was refused, in words that hold none of its values: a trigger may say anything. Without a look at the
 * row there are no words, and only the code is told.
 */
export async function reasonsOf(
  db: Pick<Pool, 'query'>,
  statements: JobStatements,
  refused: readonly RefusedJob[],
): Promise<Map<string, string>> {
  const values = await valuesOf(
    db,
    statements,
    refused.map(({ id }) => id),
  );
  return new Map(refused.map(({ id, error }) => [id, reasonOf(error, values.get(id))]));
}

/** Notes the reasons on the history of the rows; `onlyFirst`: where it holds none yet. */
export async function noteReasons(
  db: Pick<Pool, 'query'>,
  statements: JobStatements,
  refused: readonly RefusedJob[],
  reasons: ReadonlyMap<string, string>,
  { onlyFirst = false }: { onlyFirst?: boolean } = {},
): Promise<void> {
  await db.query(statements.noteRefused, [
    refused.map(({ id }) => id),
    refused.map(({ attempt }) => attempt),
    refused.map(({ id }) => reasons.get(id)),
    refused.map(({ error }) => (error instanceof IdTaken ? 'ID_TAKEN' : 'START_REFUSED')),
    onlyFirst,
  ]);
}

async function valuesOf(
  db: Pick<Pool, 'query'>,
  statements: JobStatements,
  ids: readonly string[],
): Promise<Map<string, string[]>> {
  try {
    const { rows } = await db.query<{ id: string; row: unknown }>(statements.values, [ids]);
    return new Map(rows.map(({ id, row }) => [id, textsIn(row)]));
  } catch {
    return new Map(); // the reasons then hold no words
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  return value === null || typeof value === 'boolean' ? [] : [String(value)];
}

function reasonOf(error: unknown, values: readonly string[] | undefined): string {
  if (error instanceof NotMarked) return error.message;
  if (error instanceof JobError || error instanceof IdTaken) return error.message;
  if (subjectOf(error) === 'program')
    return `it cannot be started as it is: ${without(values, refusalOf(error))}`;
  if (!isDatabaseError(error)) return `Temporal refused its start: ${without(values, refusalOf(error))}`;
  const words = error.code?.startsWith('22') ? withoutValues(error.message) : error.message;
  return `the table refused it: ${without(values, words)} (SQLSTATE ${error.code})`;
}

function without(values: readonly string[] | undefined, words: string): string {
  if (values === undefined) return '…';
  const longestFirst = values
    .filter((value) => value.length >= leastLength)
    .toSorted((one, other) => other.length - one.length);
  const told = longestFirst.reduce((text, value) => text.replaceAll(value, '…'), words);
  return told.replaceAll('\0', '').slice(0, mostLength);
}
