import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readFields } from './validation.ts';

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
 * The request's body as the schema has it; a missing one counts as `{}`. For routes that do not give the schema to Fastify.
 * @throws {Problem} 400 that names the field, its value and what it should be
 */
export const readBody = <T>(request: FastifyRequest, schema: z.ZodType<T>): T =>
  readFields(request.body, schema);

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

/** Of routes that are told nothing. */
export const noBody = z.strictObject({});
