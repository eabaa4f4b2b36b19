import { z } from 'zod';
import { Problem, shown } from './problems.ts';
import type { JobRow, ListPosition } from './queries.ts';

/** Microseconds since 1970 and a job id: what a page ends with. */
const position = z.tuple([z.string().regex(/^-?\d{1,16}$/), z.guid()]);

/** The place of a row in the list, as an opaque word for clients. */
export function writeCursor(row: JobRow): string {
  return Buffer.from(JSON.stringify([row.created_us, row.id])).toString('base64url');
}

/** @throws {Problem} 400 for what is no cursor of ours */
export function readCursor(cursor: string): ListPosition {
  try {
    const [createdUs, id] = position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { createdUs, id };
  } catch (cause) {
    throw new Problem(
      400,
      'BAD_CURSOR',
      `cursor must be the nextCursor of an earlier answer, or left out; got ${shown(cursor)}`,
      { cause },
    );
  }
}
