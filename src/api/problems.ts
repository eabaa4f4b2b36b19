import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import pg from 'pg';
import { Refusal, type RefusalKind } from '../operations/refusal.ts';
import { describeTrouble, isDatabaseTrouble, raisedBy } from '../platform/database-errors.ts';
import { systemErrorCode } from '../platform/errors.ts';
import { storeFailureOf } from '../storage/failures.ts';

/**
 * A refusal the client is told about: status, a stable code, and a sentence that names the thing, its value and the way
 * out. Sent as `application/problem+json`; `more` adds members to it.
 * https://www.rfc-editor.org/rfc/rfc9457
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly more: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    detail: string,
    options: { more?: Record<string, unknown>; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause });
    this.status = status;
    this.code = code;
    this.more = options.more ?? {};
    this.headers = options.headers ?? {};
  }
}

export const problemType = 'application/problem+json';

function problemBody({ status, code, message, more }: Problem): Record<string, unknown> {
  return { type: 'about:blank', title: STATUS_CODES[status], status, detail: message, code, ...more };
}

/** Answers with the problem that `error` is. What nobody expected is logged with its stack and told without it. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  if (problem.status >= 500) request.log.error({ err: error, code: problem.code }, 'the request failed');
  else request.log.info({ code: problem.code, detail: problem.message }, 'request refused');
  for (const [name, value] of Object.entries(problem.headers)) reply.header(name, value);
  reply.header('cache-control', 'no-store').removeHeader('content-length');
  return reply
    .code(problem.status)
    .type(problemType)
    .send(`${JSON.stringify(problemBody(problem))}\n`);
}

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Refusal) return refused(error);
  if (error instanceof pg.DatabaseError && isDatabaseTrouble(error)) return databaseAway(error);
  const raised = raisedBy(error);
  if (raised !== undefined) return new Problem(422, 'REFUSED_BY_TABLE', raised, { cause: error });
  const away = storeFailureOf(error);
  if (away !== undefined) return storageAway(away);
  const code = systemErrorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Problem(507, 'DISK_FULL', 'there is no room left on the disk; try again later');
  }
  const status = statusOf(error);
  if (status !== undefined && error instanceof Error) {
    return new Problem(status, code ?? 'BAD_REQUEST', error.message);
  }
  return new Problem(500, 'UNEXPECTED', 'an unexpected error; the log has it under the request id');
}

/** Its own words may tell of the inside: they are in the log. */
const storageAway = (cause: unknown) =>
  new Problem(503, 'STORAGE_AWAY', 'the storage of files does not answer; try again in a few seconds', {
    headers: { 'retry-after': '5' },
    cause,
  });

const statuses: Record<RefusalKind, number> = { bad: 400, missing: 404, state: 409, unfit: 422, slow: 422 };

const refused = (refusal: Refusal): Problem =>
  new Problem(statuses[refusal.kind], refusal.code, refusal.message, {
    more: refusal.more,
    cause: refusal.cause,
  });

/** The 4xx status that Fastify gave its own error, whose message is meant for the client. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return undefined;
  const { statusCode, code } = error;
  const isFastifys = typeof code === 'string' && code.startsWith('FST_');
  return isFastifys && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
    ? statusCode
    : undefined;
}

/** For `.catch` of database work: 503 when the database may take the same later, else the error as it is. */
export function throwDatabaseProblem(error: unknown): never {
  throw error instanceof Problem || error instanceof Refusal || !isDatabaseTrouble(error)
    ? error
    : databaseAway(error);
}

const databaseAway = (cause: unknown) =>
  new Problem(503, 'DATABASE_AWAY', `${describeTrouble(cause)}; try again in a few seconds`, {
    headers: { 'retry-after': '5' },
    cause,
  });

/** A value from outside as error messages show it: quoted, and not at full length. */
export function quoteInput(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
