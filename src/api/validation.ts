import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { wordsOfIssue } from '../platform/issue-words.ts';
import { Problem, quoteInput } from './problems.ts';

/**
 * Compiles the zod schemas of routes, the same of which the OpenAPI document is made. What they refuse is a `Problem` that names the
 * field or parameter, its value and what it should be.
 */
export const compileValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const check = httpPart === 'querystring' ? readParameters : httpPart === 'params' ? readPath : readFields;
  return (given: unknown) => {
    try {
      return { value: check(given, schema) };
    } catch (error) {
      if (error instanceof Error) return { error };
      throw error;
    }
  };
};

/** Has zod say what is wrong in the words of the API. */
const inWords = { error: (issue: Parameters<z.core.$ZodErrorMap>[0]) => wordsOfIssue(issue) };

/**
 * A body of JSON as the schema has it; a missing one counts as `{}`.
 * @throws {Problem} 400
 */
export function readFields<T>(given: unknown, schema: z.ZodType<T>): T {
  const body = given ?? {};
  const parsed = schema.safeParse(body, inWords);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const inside = issue.path.length > 0 ? ` in ${quoteInput(issue.path.map(String).join('.'))}` : '';
    const known =
      schema instanceof z.ZodObject && inside === ''
        ? `; known are ${Object.keys(schema.shape).join(', ')}`
        : '';
    throw new Problem(
      400,
      'UNKNOWN_FIELD',
      `there is no field ${quoteInput(issue.keys[0] ?? '')}${inside}${known}`,
    );
  }
  const path = issue?.path.map(String) ?? [];
  if (path.length === 0) {
    throw new Problem(400, 'BAD_BODY', 'the body must be a JSON object, such as {"reason": "maintenance"}');
  }
  const value = valueAt(body, path);
  const field = `the field ${quoteInput(path.join('.'))}`;
  const why =
    value === undefined ? ' is missing' : ` ${issue?.message}; got ${quoteInput(JSON.stringify(value))}`;
  throw new Problem(400, 'BAD_FIELD', `${field}${why}`);
}

/** The parameters of a query, each at most once and none that the schema does not name. */
function readParameters<T>(given: unknown, schema: z.ZodType<T>): T {
  const query = given as Record<string, string | string[]>;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  for (const [name, value] of Object.entries(query)) {
    if (!known.includes(name)) throw unknownParameter(name, known);
    if (typeof value !== 'string') {
      throw new Problem(400, 'REPEATED_PARAMETER', `the parameter ${name} may be given once only`);
    }
  }
  const parsed = schema.safeParse(query, inWords);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0]);
  const value = query[name];
  if (value === undefined) throw new Problem(400, codeOf(name), `the parameter ${name} is missing`);
  throw new Problem(400, codeOf(name), `${name} ${issue?.message}; got ${quoteInput(String(value))}`);
}

const unknownParameter = (name: string, known: readonly string[]): Problem =>
  new Problem(
    400,
    'UNKNOWN_PARAMETER',
    known.length === 0
      ? `there is no parameter ${quoteInput(name)}; none is known here`
      : `there is no parameter ${quoteInput(name)}; known are ${known.join(', ')}`,
  );

function readPath<T>(given: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(given, inWords);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0]);
  const value = String((given as Record<string, unknown>)[name]);
  throw new Problem(400, codeOf(name), `${name} in the path ${issue?.message}; got ${quoteInput(value)}`);
}

/** `createdAfter` → `BAD_CREATED_AFTER` */
const codeOf = (name: string): string =>
  `BAD_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

function valueAt(body: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
    body,
  );
}
