import type { IncomingMessage } from 'node:http';
import { ErrorCode, JobError, parseRetryAfter, placeOf, reasonOf, systemErrorCode } from 'pg-switchyard';
import type { Verdict } from 'pg-switchyard/worker';
import { GatewayErrorCode } from './error-codes.ts';

const timeouts = new Set(['ETIMEDOUT', 'ECONNABORTED']);

/** A call that got no answer: timed out, refused, reset, a name that is not found. All are retried. */
export function gatewayFailure(
  error: unknown,
  context: { url: string; timedOut: boolean; timeoutMs: number },
): JobError {
  if (error instanceof JobError) return error;
  const code = systemErrorCode(error);
  const gateway = `the gateway at ${placeOf(context.url)}`;
  if (context.timedOut) {
    return new JobError(
      GatewayErrorCode.GW_TIMEOUT,
      `${gateway} did not answer within ${context.timeoutMs} ms`,
      {
        retryable: true,
        cause: error,
      },
    );
  }
  if (code !== undefined && timeouts.has(code)) {
    return new JobError(GatewayErrorCode.GW_TIMEOUT, `${gateway} could not be reached in time (${code})`, {
      retryable: true,
      cause: error,
    });
  }
  return new JobError(GatewayErrorCode.GW_5XX, `${gateway} could not be reached (${reasonOf(error)})`, {
    retryable: true,
    cause: error,
  });
}

/** An answer other than 200. Reads at most a little of its body, for what the gateway says of the reason. */
export async function statusFailure(response: IncomingMessage): Promise<JobError> {
  const status = response.statusCode ?? 0;
  const says = await reasonIn(response);
  const message = `the gateway answered ${status}${says && `: ${says}`}`;
  if (status === 413) return new JobError(ErrorCode.TOO_LARGE, message, { retryable: false });
  if (status >= 400 && status < 500 && status !== 429)
    return new JobError(GatewayErrorCode.GW_4XX, message, { retryable: false });
  const retryAfterMs =
    status === 429 || status === 503 ? parseRetryAfter(response.headers['retry-after']) : undefined;
  return new JobError(GatewayErrorCode.GW_5XX, message, {
    retryable: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** What a failed call says of the gateway. One that answers with an error of ours, or not at all well, answers. */
export function verdictOf(error: unknown): Verdict {
  if (!(error instanceof JobError)) return 'unknown';
  return verdicts[error.code] ?? 'unknown';
}

const verdicts: Partial<Record<string, Verdict>> = {
  GW_5XX: 'refuses',
  GW_TIMEOUT: 'silent',
  GW_4XX: 'answers',
  TOO_LARGE: 'answers',
  GW_BAD_XML: 'answers',
};

/** A gateway may quote the document that it refuses. */
const mostBytes = 256 * 1024;

/** The `detail` of an `application/problem+json` body, in one line; nothing of any other body. */
async function reasonIn(response: IncomingMessage): Promise<string> {
  if (response.headers['content-type']?.includes('json') !== true) return '';
  const text = await firstBytes(response);
  const { detail = '', code } = wholeProblem(text) ?? brokenOffProblem(text);
  return `${printable(detail)}${code === undefined ? '' : ` (${printable(code)})`}`.trim();
}

interface Reason {
  detail?: string | undefined;
  code?: string | undefined;
}

/** `undefined`: the text is not JSON. */
function wholeProblem(text: string): Reason | undefined {
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem !== 'object' || problem === null) return {};
    const { detail, code } = problem as Record<string, unknown>;
    return {
      detail: typeof detail === 'string' ? detail : undefined,
      code: typeof code === 'string' ? code : undefined,
    };
  } catch {
    return undefined;
  }
}

/** Of a body that was cut off, by us or with its connection: as much of the texts as there is. */
const brokenOffProblem = (text: string): Reason => ({
  detail: textOf(text, 'detail'),
  code: textOf(text, 'code'),
});

/** The characters of a JSON string, as far as they are whole. */
const characters = String.raw`(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*`;

function textOf(json: string, name: string): string | undefined {
  const found = new RegExp(`"${name}"\\s*:\\s*"(${characters})`).exec(json)?.[1];
  if (found === undefined) return undefined;
  try {
    return String(JSON.parse(`"${found}"`));
  } catch {
    return undefined; // a control character that JSON does not allow
  }
}

/** Without control characters and half letters, in one line of bounded length. */
function printable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 500)
    .toWellFormed();
}

async function firstBytes(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= mostBytes) break;
    }
  } catch {
    // the status alone decides; what the body would have said is lost with the connection
  }
  return Buffer.concat(chunks).subarray(0, mostBytes).toString('utf8');
}
