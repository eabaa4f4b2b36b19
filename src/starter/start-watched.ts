import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { RawValue } from '@temporalio/common';
import { ErrorCode, JobError } from '../platform/errors.ts';
import { isSearchable } from '../platform/temporal-search.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { storeFailureOf } from '../storage/failures.ts';
import { storeWithinMs } from '../storage/payloads.ts';
import type { ClaimedJob, StartAnswer, WatchedRow } from './claimed-job.ts';
import { idTaken } from './id-taken.ts';
import { bytesSent, encodePayloads, jsonPayload, mostMessageBytes } from './payloads.ts';
import { attributesOf, refusalOfAttributes } from './row-search-attributes.ts';
import { priorityOf, searchAttributesOf, startDeadlineMs } from './start-options.ts';
import { staticDetailsOf, staticSummaryOf } from './static-details.ts';
import { withTrace } from './trace-headers.ts';
import { tooLarge, unstartableFor, unstartableRow } from './unstartable.ts';
import { memoOf, whoseMemo } from './watched-memo.ts';
import { describeRun, runsOf, type WorkflowRun } from './workflow-runs.ts';

/** So often a start is tried again after the run that it met had made room. */
const mostRounds = 3;
/** Temporal's search is rarely further behind than this, in milliseconds. */
const searchLagMs = 10_000;

interface WatchedStart {
  client: Client;
  queue: QueueDefinition;
  job: ClaimedJob;
  row: WatchedRow;
  publicUrl: string | undefined;
}

/** What became of a start that met a workflow. `retry`: it has ended or is gone, so the job can be started. */
type Meeting = StartAnswer | { kind: 'retry'; reuse: ReusePolicy };
type ReusePolicy = 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE';

/**
 * Starts the workflow of a watched job, once for each attempt: Temporal refuses a second one with its id, and whether the first is this
 * attempt's its memo tells, however it goes or has ended. Answers the first run of its chain.
 * @throws {IdTaken} when an open workflow that is not this attempt's has the id
 * @throws {JobError} when the storage does not take its input
 */
export async function startWatched(
  client: Client,
  queue: QueueDefinition,
  job: ClaimedJob,
  row: WatchedRow,
  publicUrl?: string,
): Promise<StartAnswer> {
  const problem = unstartableRow(row);
  if (problem !== undefined) return { kind: 'unstartable', ...problem };
  const start = { client, queue, job, row, publicUrl };
  try {
    if (await isTooLarge(start)) return { kind: 'unstartable', ...tooLarge(row) };
    return await client.withDeadline(Date.now() + deadlineMsOf(start), () => startOrMeet(start));
  } catch (error) {
    const answer = unstartableFor(error, row);
    if (answer !== undefined) return { kind: 'unstartable', ...answer };
    throw refusalOfStore(error) ?? refusalOfAttributes(error, row) ?? error;
  }
}

/** The client stores a large input before it asks Temporal. */
function deadlineMsOf({ client, row }: WatchedStart): number {
  const { externalStorage } = client.options.loadedDataConverter;
  const isStored =
    externalStorage !== undefined && (row.input_bytes ?? 0) >= externalStorage.payloadSizeThreshold / 4;
  return startDeadlineMs + (isStored ? storeWithinMs : 0);
}

function refusalOfStore(error: unknown): JobError | undefined {
  const failure = storeFailureOf(error);
  if (failure === undefined) return undefined;
  const message = `its input could not be stored, and Temporal does not take it: ${failure.message}`;
  return new JobError(ErrorCode.IO_ERROR, message, { retryable: true, cause: error });
}

/** Whether the input has more bytes than one message takes, as the codecs send it: they may make less of it. */
async function isTooLarge({ client, row }: WatchedStart): Promise<boolean> {
  if ((row.input_bytes ?? 0) < mostMessageBytes / 4) return false;
  const payloads = await encodePayloads(client, row.workflow_id, (row.args ?? []).map(jsonPayload));
  return bytesSent(client, payloads) > mostMessageBytes;
}

async function startOrMeet(start: WatchedStart): Promise<StartAnswer> {
  let reuse: ReusePolicy = 'REJECT_DUPLICATE';
  for (let round = 0; round < mostRounds; round++) {
    const runId = await tryStart(start, reuse);
    if (runId !== undefined) return { kind: 'started', runId };
    const met = await meet(start);
    if (met.kind !== 'retry') return met;
    reuse = met.reuse;
  }
  return { kind: 'closing' };
}

/** Answers the run; `undefined`: a workflow with this id is there. */
async function tryStart({ client, queue, job, row, publicUrl }: WatchedStart, reuse: ReusePolicy) {
  const { executionTimeoutMs, runTimeoutMs } = queue.watched ?? {};
  try {
    const handle = await withTrace(client, row.headers).start(queue.workflowType, {
      workflowId: row.workflow_id,
      taskQueue: queue.taskQueue,
      args: (row.args ?? []).map((text) => RawValue.fromPayload(jsonPayload(text))),
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: reuse,
      memo: memoOf(queue, job),
      ...(executionTimeoutMs !== undefined && { workflowExecutionTimeout: executionTimeoutMs }),
      ...(runTimeoutMs !== undefined && { workflowRunTimeout: runTimeoutMs }),
      priority: priorityOf(client, job),
      staticSummary: staticSummaryOf(job),
      staticDetails: staticDetailsOf(queue, job, publicUrl),
      searchAttributes: attributesOf(row),
      typedSearchAttributes: searchAttributesOf(client, queue, job),
    });
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

/** Looks at the newest run with the id. */
async function meet(start: WatchedStart): Promise<Meeting> {
  const { client, queue, job, row } = start;
  const met = await describeRun(client, row.workflow_id);
  if (met === undefined) return { kind: 'retry', reuse: 'REJECT_DUPLICATE' };
  const whose = await whoseMemo(client, queue, job, row.workflow_id, met.memo);
  // The row names the run of an earlier attempt: the count of attempts has come to its end.
  if (whose === 'this attempt' && met.firstRunId !== job.run_id)
    return { kind: 'started', runId: met.firstRunId };
  // This claim may have lost its lock. One that is long over was there before this claim: the database is an older state of itself.
  if (whose === 'later attempt' && isJustClosed(met)) return { kind: 'closing' };
  if (met.isOpen) throw idTaken(row.workflow_id, whose);
  // A reset may have put an earlier attempt's run after this attempt's, as anybody's workflow may have come after it.
  const cameLast = whose === 'another attempt' && met.runId === met.firstRunId;
  return cameLast ? { kind: 'retry', reuse: 'ALLOW_DUPLICATE' } : lookBehind(start, met);
}

const isJustClosed = ({ closedAt }: WorkflowRun): boolean =>
  closedAt !== undefined && Date.now() - closedAt.getTime() < searchLagMs;

/** Looks for this attempt's workflow among the runs before one that has ended. */
async function lookBehind({ client, queue, job, row }: WatchedStart, met: WorkflowRun): Promise<Meeting> {
  if (isJustClosed(met)) return { kind: 'closing' };
  if (!isSearchable(row.workflow_id)) throw idTaken(row.workflow_id, 'unsearchable');
  let isCurrent = false;
  for await (const run of runsOf(client, row.workflow_id)) {
    if (run === undefined) throw idTaken(row.workflow_id, 'countless');
    isCurrent ||= run.runId === met.runId;
    const whose = await whoseMemo(client, queue, job, row.workflow_id, run.memo);
    if (whose !== 'this attempt') continue;
    const found = await describeRun(client, row.workflow_id, run.runId);
    if (found !== undefined && found.firstRunId !== job.run_id)
      return { kind: 'started', runId: found.firstRunId };
  }
  return isCurrent ? { kind: 'retry', reuse: 'ALLOW_DUPLICATE' } : { kind: 'closing' };
}
