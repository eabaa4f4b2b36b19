import { readId } from '../queues/definition.ts';
import { Problem, quoteInput } from './problems.ts';

/**
 * The cursor of a list that goes by the id of its rows: a whole number.
 * @throws {Problem} 400
 */
export function numberCursor(cursor: string | undefined): string | undefined {
  const id = cursor === undefined ? undefined : readId('bigint', cursor);
  if (id === undefined && cursor !== undefined) throw badCursor(cursor);
  return id;
}

/**
 * The cursor of a list that goes by the id of jobs of any queue.
 * @throws {Problem} 400
 */
export function textCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || !cursor.includes('\0')) return cursor;
  throw badCursor(cursor);
}

export function badCursor(cursor: string, cause?: unknown): Problem {
  return new Problem(
    400,
    'BAD_CURSOR',
    `cursor must be the nextCursor of an earlier answer, or left out; got ${quoteInput(cursor)}`,
    { cause },
  );
}
