import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  RetryState,
  TimeoutFailure,
  type TimeoutType,
} from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { jobEndOf } from '../../src/workflows/job-end.ts';

/** What a workflow catches when its activity fails with `cause`. */
const caught = (cause: Error, retryState: RetryState = RetryState.TIMEOUT) =>
  new ActivityFailure('Activity task failed', 'sendLetter', '1', retryState, 'w', cause);

function timeout(type: TimeoutType, cause?: Error): TimeoutFailure {
  const failure = new TimeoutFailure('activity timeout', undefined, type);
  if (cause !== undefined) Object.assign(failure, { cause });
  return failure;
}

const failed = (errorCode: string, errorMessage: string) => ({ state: 'failed', errorCode, errorMessage });

describe('a job ends', () => {
  test('with the code and words of the failure that knew', () => {
    const failure = ApplicationFailure.nonRetryable('the carrier answered 502', 'CARRIER_AWAY');
    expect(jobEndOf(caught(failure))).toEqual(failed('CARRIER_AWAY', 'the carrier answered 502'));
  });

  test('with the code and words of what an activity of its child workflow failed with', () => {
    const failure = caught(ApplicationFailure.nonRetryable('nobody is there', 'NOBODY'));
    const started = { workflowId: 'w', runId: 'r' };
    const child = new ChildWorkflowFailure(
      undefined,
      started,
      'tell',
      RetryState.NON_RETRYABLE_FAILURE,
      failure,
    );
    expect(jobEndOf(child)).toEqual(failed('NOBODY', 'nobody is there'));
  });

  test('canceled, without a code, when it was canceled', () => {
    const canceled = { state: 'canceled', errorCode: null, errorMessage: null };
    expect(jobEndOf(caught(new CancelledFailure('x')))).toEqual(canceled);
    expect(jobEndOf(new CancelledFailure('x'))).toEqual(canceled);
  });

  test('canceled, when Temporal would have tried it again but for the cancel', () => {
    const canceled = { state: 'canceled', errorCode: null, errorMessage: null };
    const away = ApplicationFailure.retryable('the carrier answered 502', 'CARRIER_AWAY');
    for (const cause of [timeout('HEARTBEAT'), away])
      expect(jobEndOf(caught(cause, RetryState.CANCEL_REQUESTED))).toEqual(canceled);
  });

  test('failed, when it failed for good though it was told to stop', () => {
    const final = ApplicationFailure.nonRetryable('the carrier answered 400', 'CARRIER_REFUSED');
    expect(jobEndOf(caught(final, RetryState.CANCEL_REQUESTED))).toEqual(
      failed('CARRIER_REFUSED', 'the carrier answered 400'),
    );
  });

  test.each([
    ['SCHEDULE_TO_CLOSE', 'the job did not end before its deadline'],
    ['SCHEDULE_TO_START', 'no worker took the job'],
    ['START_TO_CLOSE', 'a try of the job took too long'],
    ['HEARTBEAT', 'the worker was lost'],
  ] as const)('as TIMED_OUT, saying so, when time ran out: %s', (type, message) => {
    expect(jobEndOf(caught(timeout(type)))).toEqual(failed('TIMED_OUT', message));
  });

  test('with the code of its last try when time ran out between tries', () => {
    const last = ApplicationFailure.retryable('the carrier answered 502', 'CARRIER_AWAY');
    expect(jobEndOf(caught(timeout('SCHEDULE_TO_CLOSE', last)))).toEqual(
      failed('CARRIER_AWAY', 'the job did not end before its deadline; at last: the carrier answered 502'),
    );
  });

  test('saying that its worker was lost over and over until time ran out', () => {
    expect(jobEndOf(caught(timeout('SCHEDULE_TO_CLOSE', timeout('HEARTBEAT'))))).toEqual(
      failed('TIMED_OUT', 'the job did not end before its deadline; at last: the worker was lost'),
    );
  });

  test.each(['PAYMENT_DECLINED', 'PaymentDeclined', 'toString'])('with a code of its own: %s', (type) => {
    expect(jobEndOf(caught(ApplicationFailure.nonRetryable('words', type)))).toEqual(failed(type, 'words'));
  });

  test.each(['DATABASE_AWAY', 'WORKER_STOPPED', 'WorkerShutdown', 'NotFoundError', 'Error', 'TypeError', ''])(
    'as UNKNOWN for a failure of the type "%s", which is no code of a job',
    (type) => {
      expect(jobEndOf(caught(ApplicationFailure.retryable('words', type)))).toEqual(
        failed('UNKNOWN', 'words'),
      );
    },
  );

  test('as UNKNOWN for what is no failure at all', () => {
    expect(jobEndOf('x')).toEqual(failed('UNKNOWN', 'the work ended without saying why'));
  });
});
