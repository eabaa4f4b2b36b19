import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { systemErrorCode } from 'pg-switchyard';

/**
 * A refusal the client is told about: status, a stable code, and a sentence that names the thing, its value and the way
 * out. Sent as `application/problem+json`. https://www.rfc-editor.org/rfc/rfc9457
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    detail: string,
    options: { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause: options.cause });
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
  }
}

/** Answers with the problem that `error` is. What nobody expected is logged with its stack and told without it. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  const { status, code, message: detail } = problem;
  if (status >= 500) request.log.error({ err: error, code, status }, 'the request failed');
  else request.log.info({ code, status, detail }, 'request refused');
  return reply
    .code(status)
    .removeHeader('content-length')
    .headers({ ...problem.headers, 'cache-control': 'no-store' })
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, code }));
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const code = systemErrorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Problem(507, 'DISK_FULL', 'there is no room left to take the PDF; try again later');
  }
  const ofFastify = error instanceof Error && 'statusCode' in error && code?.startsWith('FST_') === true;
  if (
    ofFastify &&
    typeof error.statusCode === 'number' &&
    error.statusCode >= 400 &&
    error.statusCode < 500
  ) {
    return new Problem(error.statusCode, code, error.message);
  }
  return new Problem(500, 'UNEXPECTED', 'an unexpected error; the log has it under the request id');
}

/** A value from outside as error messages show it: quoted, and not at full length. */
export function shown(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
