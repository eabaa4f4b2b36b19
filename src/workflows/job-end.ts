import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { isErrorCode } from '../queues/error-code.ts';
import type { JobEnd } from '../queues/job.ts';

/** Which time ran out, for people. */
const timeouts: Record<NonNullable<TimeoutFailure['timeoutType']>, string> = {
  SCHEDULE_TO_CLOSE: 'the job did not end before its deadline',
  SCHEDULE_TO_START: 'no worker took the job',
  START_TO_CLOSE: 'a try of the job took too long',
  HEARTBEAT: 'the worker was lost',
};

/** What a failure of the work means for the row. The code that knew a failure said so in its type. */
export function jobEndOf(error: unknown): JobEnd {
  if (isCancellation(error) || isGivenUpForCancel(error))
    return { state: 'canceled', errorCode: null, errorMessage: null };
  const cause = causeOf(error);
  if (cause instanceof TimeoutFailure) return endOfTimeout(cause);
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
    return { state: 'failed', errorCode: cause.type, errorMessage: cause.message };
  }
  const message = cause instanceof Error ? cause.message : 'the work ended without saying why';
  return { state: 'failed', errorCode: 'UNKNOWN', errorMessage: message };
}

/** What an activity or a child workflow failed with; a child fails with what its own activity failed with. */
function causeOf(error: unknown): unknown {
  const isWrapped = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return isWrapped && error.cause !== undefined ? causeOf(error.cause) : error;
}

/**
 * Once a job is told to stop, Temporal tries it no more: what would have been tried again (a lost worker, a system that is
 * away) ends it as canceled. A failure that is final stays one.
 */
export function isGivenUpForCancel(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || error.retryState !== 'CANCEL_REQUESTED') return false;
  return !(error.cause instanceof ApplicationFailure && error.cause.nonRetryable === true);
}

/** Time ran out: the code and words are those of the last try that failed, when it said something. */
function endOfTimeout(timeout: TimeoutFailure): JobEnd {
  const what = timeouts[timeout.timeoutType ?? 'SCHEDULE_TO_CLOSE'];
  const last = timeout.cause === undefined ? undefined : jobEndOf(timeout.cause);
  return {
    state: 'failed',
    errorCode: last?.errorCode ?? 'TIMED_OUT',
    errorMessage: last?.errorMessage ? `${what}; at last: ${last.errorMessage}` : what,
  };
}

/** Whether the text of the failure, or of one that caused it, came to us encrypted. */
export function isTextEncrypted(error: unknown): boolean {
  if (!(error instanceof TemporalFailure)) return false;
  return error.failure?.encodedAttributes != null || isTextEncrypted(error.cause);
}
