import { badCursor } from 'pg-switchyard/api';
import { z } from 'zod';
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
