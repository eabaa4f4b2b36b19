/**
 * The codes a job can fail with. They are a public interface: rows, events, metrics and Temporal failures
 * (as the failure's `type`) all carry them. docs/what-happens-if.md says what each means for an operator.
 */
export const ErrorCode = {
  GW_4XX: 'GW_4XX',
  GW_5XX: 'GW_5XX',
  GW_TIMEOUT: 'GW_TIMEOUT',
  GW_BAD_XML: 'GW_BAD_XML',
  TOO_LARGE: 'TOO_LARGE',
  IO_ERROR: 'IO_ERROR',
  /** The workflow was terminated from outside: in Temporal's Web UI, or by its command line. */
  TERMINATED: 'TERMINATED',
  /** The workflow ran into its deadline, and Temporal ended it. */
  TIMED_OUT: 'TIMED_OUT',
  /** A receiver did not take a webhook, however often it was sent. */
  WEBHOOK_FAILED: 'WEBHOOK_FAILED',
  /** The plan of an agent run cannot be read, or names what is not there. */
  PLAN_INVALID: 'PLAN_INVALID',
  /** A tool of an MCP server says that it failed, or its server cannot be reached or died. */
  TOOL_FAILED: 'TOOL_FAILED',
  TOOL_TIMEOUT: 'TOOL_TIMEOUT',
  /** Nobody answered what the job asked, in the time that it had. */
  INPUT_TIMEOUT: 'INPUT_TIMEOUT',
  /** A document is broken, is not what its row says, or of a kind that is not read. */
  BAD_DOCUMENT: 'BAD_DOCUMENT',
  /** A schedule that may not be stored: its version or payload is none. */
  BAD_SCHEDULE: 'BAD_SCHEDULE',
  /** The repository did not give its commit. */
  CLONE_FAILED: 'CLONE_FAILED',
  /** The repository or the build command is refused, the command failed, or its output is no artifact. */
  BUILD_FAILED: 'BUILD_FAILED',
  /** The build of a deployment did not succeed, or its artifact cannot be deployed. */
  DEPLOYMENT_FAILED: 'DEPLOYMENT_FAILED',
  /** The row does not take its result or its end: a constraint, a trigger, or a right that is missing. */
  ROW_REFUSED: 'ROW_REFUSED',
  UNKNOWN: 'UNKNOWN',
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/**
 * An error of ours that says what it means. Whoever looks for the meaning of an error, as of one of the database, leaves it as
 * it is.
 */
export abstract class KnownError extends Error {}

/** A failure of a job: its code, a message fit for the row, and whether another try can help. */
export class JobError extends KnownError {
  override readonly name = 'JobError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** How long the other side asked us to wait, in milliseconds (HTTP `Retry-After`). */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A setting, queue definition or mapping file that the process refuses to start with. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** Why a call found nobody, for a message beside the address: the system's code, else what the first cause says. */
export function reasonOf(error: unknown): string {
  let first = error;
  while (first instanceof Error && first.cause instanceof Error) first = first.cause;
  return (
    systemErrorCode(error) ??
    (first instanceof Error && first.message !== '' ? first.message : 'network error')
  );
}

/** Scheme, host and port of an address: what a message may show of it. A path may hold a secret. */
export const placeOf = (url: string): string =>
  URL.canParse(url) ? new URL(url).origin : 'an address that is none';

/** The code of a Node system error (`ENOENT`, `ECONNREFUSED` …), looked for through its causes. */
export function systemErrorCode(error: unknown): string | undefined {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string') return e.code;
  }
  return undefined;
}
