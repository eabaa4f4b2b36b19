import type { FastifyRequest } from 'fastify';
import { Problem, quoteInput } from './problems.ts';

export const limits = { least: 1, most: 200, usual: 50 };

/** The query parameters, each at most once and none that we do not know. */
export function readQuery(
  request: FastifyRequest,
  known: readonly string[],
): Record<string, string | undefined> {
  const query: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.query as Record<string, string | string[]>)) {
    if (!known.includes(name)) {
      throw new Problem(
        400,
        'UNKNOWN_PARAMETER',
        `there is no parameter ${quoteInput(name)}; known are ${known.join(', ')}`,
      );
    }
    if (typeof value !== 'string') {
      throw new Problem(400, 'REPEATED_PARAMETER', `the parameter ${name} may be given once only`);
    }
    query[name] = value;
  }
  return query;
}

export function readLimit(text: string | undefined): number {
  if (text === undefined) return limits.usual;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (limit >= limits.least && limit <= limits.most) return limit;
  throw new Problem(
    400,
    'BAD_LIMIT',
    `limit must be a whole number from ${limits.least} to ${limits.most}; got ${quoteInput(text)}`,
  );
}

/** Of one row more than was asked for: the page, and the cursor of the next one when there is one. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (row: T) => string,
): { page: T[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, nextCursor: last !== undefined && rows.length > limit ? cursorOf(last) : null };
}
