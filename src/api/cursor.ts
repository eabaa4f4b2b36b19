import { z } from 'zod';
import { readId } from '../queues/definition.ts';
import { Problem, shown } from './problems.ts';
import type { JobRow, ListPosition } from './queries.ts';

/** A time as the list's statement writes it and a job id: what a page ends with. */
const position = z.tuple([
  z.string().regex(/^(-?infinity|\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} (AD|BC) UTC)$/),
  z.guid(),
]);

/** The place of a row in the list, as an opaque word for clients. */
export function writeCursor(row: JobRow): string {
  return Buffer.from(JSON.stringify([row.created_exactly, row.id])).toString('base64url');
}

/** @throws {Problem} 400 for what is no cursor of ours */
export function readCursor(cursor: string): ListPosition {
  try {
    const [createdAt, id] = position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { createdAt, id };
  } catch (cause) {
    throw badCursor(cursor, cause);
  }
}

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
    `cursor must be the nextCursor of an earlier answer, or left out; got ${shown(cursor)}`,
    { cause },
  );
}
