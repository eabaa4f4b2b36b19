import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problem, quoteInput } from './problems.ts';

const mostBytes = 64 * 1024;

/** Lets the routes of this scope, and no others, take bodies of JSON, and of nothing else. */
export function takeJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  const parse = scope.getDefaultJsonParser('error', 'error');
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: mostBytes },
    (request, body, done) => (body === '' ? done(null, undefined) : parse(request, String(body), done)),
  );
}

/**
 * The request's body as the schema has it; a missing one counts as `{}`.
 * @throws {Problem} 400 that names the field, its value and what it should be
 */
export function readBody<T>(request: FastifyRequest, schema: z.ZodType<T>): T {
  const body: unknown = request.body ?? {};
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const known = schema instanceof z.ZodObject ? `; known are ${Object.keys(schema.shape).join(', ')}` : '';
    throw new Problem(400, 'UNKNOWN_FIELD', `there is no field ${quoteInput(issue.keys[0] ?? '')}${known}`);
  }
  const path = issue?.path.map(String) ?? [];
  if (path.length === 0) {
    throw new Problem(400, 'BAD_BODY', 'the body must be a JSON object, such as {"reason": "maintenance"}');
  }
  const value = valueAt(body, path);
  const field = `the field ${quoteInput(path.join('.'))}`;
  const why =
    value === undefined ? ' is missing' : `: ${issue?.message}; got ${quoteInput(JSON.stringify(value))}`;
  throw new Problem(400, 'BAD_FIELD', `${field}${why}`);
}

function valueAt(body: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
    body,
  );
}

/** Postgres takes no NUL in a text. */
export const textField = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((value) => !value.includes('\0'), { error: 'must be without NUL' });

export const timeField = z.iso.datetime({
  offset: true,
  error: 'must be a time with its zone, such as 2026-03-01T08:00:00Z',
});

/** Why somebody does what he does; stands in pauses and redrives for others to read. */
export const reasonField = textField(500);

/** The key of a job: whose it is. */
export const customerField = textField(200);
