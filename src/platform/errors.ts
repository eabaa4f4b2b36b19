/**
 * The codes with which the engine itself fails a job; those of the work are its own. Codes are a public interface: rows, events, metrics
 * and Temporal failures (as the failure's `type`) carry them. docs/what-happens-if.md says what each means for an operator.
 */
export const ErrorCode = {
  /** A file cannot be read or written. */
  IO_ERROR: 'IO_ERROR',
  TOO_LARGE: 'TOO_LARGE',
  /** The workflow was terminated from outside: in Temporal's Web UI, or by its command line. */
  TERMINATED: 'TERMINATED',
  /** The workflow, or its work, did not end before its deadline. */
  TIMED_OUT: 'TIMED_OUT',
  /** Temporal no longer has the workflow: its history was deleted, or its namespace lost its data. */
  WORKFLOW_GONE: 'WORKFLOW_GONE',
  /** A receiver did not take a webhook, however often it was sent. */
  WEBHOOK_FAILED: 'WEBHOOK_FAILED',
  /** Nobody answered what the job asked, in the time that it had. */
  INPUT_TIMEOUT: 'INPUT_TIMEOUT',
  /** The row does not take its result or its end: a constraint, a trigger, or a right that is missing. */
  ROW_REFUSED: 'ROW_REFUSED',
  /** An expression of the queue failed on the row of a watched job. */
  EXPRESSION_FAILED: 'EXPRESSION_FAILED',
  /** The input of a watched job is larger than Temporal takes. */
  INPUT_TOO_LARGE: 'INPUT_TOO_LARGE',
  /** The workflow id of a watched job is longer than Temporal takes. */
  WORKFLOW_ID_TOO_LONG: 'WORKFLOW_ID_TOO_LONG',
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
  /** Of the engine or of the work, in capitals: `TIMED_OUT`. */
  readonly code: string;
  readonly retryable: boolean;
  /** How long the other side asked us to wait, in milliseconds (HTTP `Retry-After`). */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
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
  /** What a process ends with that it ends. */
  readonly exitCode: number = 1;
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
