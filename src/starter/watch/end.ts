import { ErrorCode } from '../../platform/errors.ts';
import { fitForRow } from '../../platform/row-text.ts';
import type { Codec } from './codec.ts';
import { failureOf, type RowFailure } from './failure.ts';
import { type RowResult, resultOf } from './result.ts';
import type { CloseEvent } from './runs.ts';

/** How a job ended, as its row has it. */
export type RowEnd =
  | ({ status: 'complete' } & RowResult)
  | ({ status: 'failed' } & RowFailure)
  | { status: 'canceled' };

/**
 * What the last event of a workflow's last run says.
 * @throws what a codec says that may decode it at another time, unless `lastTry`
 */
export async function endOf(codec: Codec, event: CloseEvent, options: { lastTry: boolean }): Promise<RowEnd> {
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed != null)
    return { status: 'complete', ...(await resultOf(codec, completed.result?.payloads, options)) };
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed != null) return { status: 'failed', ...(await failureOf(codec, failed.failure, options)) };
  if (event.workflowExecutionCanceledEventAttributes != null) return { status: 'canceled' };
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated == null)
    return { status: 'failed', code: ErrorCode.TIMED_OUT, message: 'the workflow ran into its timeout' };
  const reason = fitForRow(terminated.reason);
  const message = `the workflow was terminated${reason && `: ${reason}`}`;
  return { status: 'failed', code: ErrorCode.TERMINATED, message: fitForRow(message) };
}
