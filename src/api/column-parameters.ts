import type { FastifyRequest } from 'fastify';
import { Problem, quoteInput } from './problems.ts';

const prefix = 'column.';
const mostColumns = 20;
const mostCharacters = 1_000;

const taken = new WeakMap<FastifyRequest, Record<string, string>>();

/** Takes the parameters `column.NAME` out of the query before it is checked: no schema names them, as each table has its own. */
export async function takeColumns(request: FastifyRequest): Promise<void> {
  const query = request.query as Record<string, string | string[]>;
  const names = Object.keys(query).filter((name) => name.startsWith(prefix));
  if (names.length > mostColumns) {
    throw new Problem(400, 'TOO_MANY_COLUMNS', `at most ${mostColumns} columns can be asked for at once`);
  }
  const columns: Record<string, string> = Object.create(null);
  for (const name of names) {
    columns[name.slice(prefix.length)] = textOf(name, query[name]);
    delete query[name];
  }
  taken.set(request, columns);
}

/** The values of columns that the request asks for, by the names of the columns. */
export const columnsOf = (request: FastifyRequest): Record<string, string> => taken.get(request) ?? {};

function textOf(name: string, value: string | string[] | undefined): string {
  if (typeof value !== 'string') {
    throw new Problem(400, 'REPEATED_PARAMETER', `the parameter ${name} may be given once only`);
  }
  if (value.length > mostCharacters || value.includes('\0')) {
    throw new Problem(
      400,
      'BAD_COLUMN_VALUE',
      `${name} must have at most ${mostCharacters} characters, without NUL; got ${quoteInput(value)}`,
    );
  }
  return value;
}
