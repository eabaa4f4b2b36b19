import type { temporal } from '@temporalio/proto';
import { ErrorCode } from '../../platform/errors.ts';
import { fitForRow } from '../../platform/row-text.ts';
import { type Codec, mayDecodeLater } from './codec.ts';

type Failure = temporal.api.failure.v1.IFailure;

/** How a job failed, as its row has it. */
export interface RowFailure {
  code: string;
  message: string;
}

const mostCode = 200;
/** Deeper chains of causes end in their last. */
const mostWrappers = 50;

/**
 * The failure that the application's code threw, through all that Temporal wraps around it: activities, child workflows, Nexus operations.
 * Its type is taken as it is.
 * @throws what a codec says that may decode it at another time, unless `lastTry`
 */
export async function failureOf(
  codec: Codec,
  failure: Failure | null | undefined,
  { lastTry }: { lastTry: boolean },
): Promise<RowFailure> {
  if (failure == null) return { code: ErrorCode.UNKNOWN, message: 'the workflow failed without saying why' };
  const told = innermost(failure);
  const message = (await messageOf(codec, told, lastTry)) || (await messageOf(codec, failure, lastTry));
  return { code: fitForRow(codeOf(told), mostCode) || ErrorCode.UNKNOWN, message: fitForRow(message) };
}

function innermost(failure: Failure): Failure {
  let told = failure;
  for (let depth = 0; depth < mostWrappers && isWrapper(told) && told.cause != null; depth += 1)
    told = told.cause;
  return told;
}

const isWrapper = (failure: Failure): boolean =>
  (failure.activityFailureInfo ??
    failure.childWorkflowExecutionFailureInfo ??
    failure.nexusOperationExecutionFailureInfo ??
    failure.nexusHandlerFailureInfo ??
    failure.resetWorkflowFailureInfo) != null;

function codeOf(failure: Failure): string {
  if (failure.applicationFailureInfo != null) return failure.applicationFailureInfo.type || ErrorCode.UNKNOWN;
  if (failure.timeoutFailureInfo != null) return ErrorCode.TIMED_OUT;
  if (failure.canceledFailureInfo != null) return 'CANCELED';
  return failure.terminatedFailureInfo == null ? ErrorCode.UNKNOWN : ErrorCode.TERMINATED;
}

/** A data converter may have put the message into a payload. */
async function messageOf(codec: Codec, failure: Failure, lastTry: boolean): Promise<string> {
  const { encodedAttributes, message } = failure;
  if (encodedAttributes == null) return message ?? '';
  try {
    const [payload] = await codec.decode([encodedAttributes]);
    const attributes: unknown = JSON.parse(Buffer.from(payload?.data ?? []).toString('utf8'));
    const told = (attributes as { message?: unknown } | null)?.message;
    return typeof told === 'string' ? told : (message ?? '');
  } catch (error) {
    if (mayDecodeLater(error, lastTry) && !(error instanceof SyntaxError)) throw error;
    return message || 'the message of the failure cannot be decoded';
  }
}
