import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { ErrorCode } from '../platform/errors.ts';
import type { Unstartable, WatchedRow } from './claimed-job.ts';

/** Temporal's `limit.maxIDLength`, in bytes. */
export const mostIdBytes = 1_000;
/** Larger inputs are not even read. Temporal takes 2 MB at most; a codec may make that of more, and external storage takes them as they are. */
export const mostInputBytes = 8 * 1024 * 1024;
const advice =
  'store it elsewhere, and give the workflow a reference; or let TEMPORAL_EXTERNAL_STORAGE=on take it, up to 8 MiB';

/** Why a watched job can never be started, as far as its row tells; `undefined`: nothing is in the way. */
export function unstartableRow(row: WatchedRow): Unstartable | undefined {
  if (row.input_problem !== null) return problemOf(row.input_problem);
  const bytes = Buffer.byteLength(row.workflow_id);
  if (bytes > mostIdBytes) {
    return {
      code: ErrorCode.WORKFLOW_ID_TOO_LONG,
      message: `its workflow id has ${bytes} bytes; Temporal takes ${mostIdBytes}`,
    };
  }
  if (row.lacks_args) {
    return {
      code: ErrorCode.EXPRESSION_FAILED,
      message: 'the queue takes its input as the arguments, and the input is no array',
    };
  }
  return row.args === null ? tooLarge(row) : undefined;
}

export const tooLarge = ({ input_bytes: bytes }: WatchedRow): Unstartable => ({
  code: ErrorCode.INPUT_TOO_LARGE,
  message: `its input, ${bytes ?? 0} bytes of JSON, is larger than Temporal takes: ${advice}`,
});

/** Why it can never be started, as Temporal says; `undefined`: it is about something else. */
export function unstartableFor(error: unknown, row: WatchedRow): Unstartable | undefined {
  const said = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(said)) return undefined;
  return /blob data size exceeds limit/i.test(said.details) ? tooLarge(row) : undefined;
}

/** A problem as the queue's functions write it. */
function problemOf(problem: string): Unstartable {
  const [, code, message] = /^([A-Z][A-Z0-9_]*): *(.*)$/s.exec(problem) ?? [];
  return code === undefined || message === undefined
    ? { code: ErrorCode.EXPRESSION_FAILED, message: problem }
    : { code, message };
}
