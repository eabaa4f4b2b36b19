import { type Client, isGrpcServiceError } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { storeLarge } from '../platform/external-payloads.ts';
import { isRefusalOfOne } from '../platform/temporal.ts';
import { isMissingWorkflow } from './missing-workflow.ts';
import { bytesOf, bytesSent, encodePayloads, jsonPayload, mostMessageBytes } from './payloads.ts';
import { mostInputBytes } from './unstartable.ts';
import { describeRun } from './workflow-runs.ts';

/** A signal that this starter holds locked. */
export interface SignalRow {
  id: string;
  request_id: string;
  job_id: string;
  name: string;
  /** The run that it was aimed at, which may have it already. */
  run_id: string | null;
  /** The JSON of each argument, exactly as Postgres has it. */
  args: string[];
}

/** The job that it is for. */
export interface SignaledJob {
  workflowId: string;
  runId: string | null;
  /** `held`: it may still come to run. */
  state: 'owned' | 'ended' | 'held';
}

export type Delivery =
  | { kind: 'delivered' }
  /** It goes to this run next, or waits for the job's next one. */
  | { kind: 'aimed'; runId: string | null }
  | { kind: 'failed'; why: string }
  /** Temporal neither accepted it nor refused it permanently. */
  | { kind: 'left'; error: unknown };

/**
 * Delivers a signal to a job's workflow once. Temporal takes a request id once, in each run, also when that has ended: so the run that it
 * was aimed at is asked first, and only what never came there is aimed at another run of the same chain.
 */
export async function deliver(
  client: Client,
  signal: SignalRow,
  job: SignaledJob | undefined,
  storeUntil?: AbortSignal,
): Promise<Delivery> {
  if (job === undefined) return { kind: 'failed', why: 'the job is gone' };
  try {
    const encoded = await encodePayloads(client, job.workflowId, signal.args.map(jsonPayload));
    const bytes = bytesOf(encoded);
    if (bytesSent(client, encoded) > mostMessageBytes || bytes > mostInputBytes)
      return { kind: 'failed', why: `its arguments have ${bytes} bytes, more than Temporal takes` };
    const { namespace, loadedDataConverter } = client.options;
    const target = { kind: 'workflow', namespace, id: job.workflowId } as const;
    const payloads = await storeLarge(loadedDataConverter.externalStorage, target, encoded, storeUntil);
    if (
      signal.run_id !== null &&
      (await send(client, signal, payloads, { workflowId: job.workflowId, runId: signal.run_id }))
    )
      return { kind: 'delivered' };
    if (job.state === 'ended') return { kind: 'failed', why: 'the job has ended' };
    if (job.state === 'held' || job.runId === null) return { kind: 'aimed', runId: null };
    return await aim(client, job.workflowId, job.runId);
  } catch (error) {
    if (isGrpcServiceError(error) && isRefusalOfOne(error))
      return { kind: 'failed', why: `Temporal refuses it: ${error.details}` };
    return { kind: 'left', error };
  }
}

/** Answers whether the run has it; `false`: it has ended, or is gone, and never got it. */
async function send(
  client: Client,
  signal: SignalRow,
  payloads: Payload[],
  workflowExecution: { workflowId: string; runId: string },
): Promise<boolean> {
  try {
    await client.workflowService.signalWorkflowExecution({
      namespace: client.options.namespace,
      identity: client.options.identity,
      workflowExecution,
      signalName: signal.name,
      requestId: signal.request_id,
      input: { payloads },
    });
    return true;
  } catch (error) {
    if (isMissingWorkflow(error)) return false;
    throw error;
  }
}

/** The open run of the chain that the row's run is of. */
async function aim(client: Client, workflowId: string, ownRunId: string): Promise<Delivery> {
  const newest = await describeRun(client, workflowId);
  if (newest === undefined || !newest.isOpen)
    return { kind: 'failed', why: 'the workflow of the job has ended' };
  const isOwn = newest.runId === ownRunId || newest.firstRunId === ownRunId;
  const chain = isOwn ? undefined : await describeRun(client, workflowId, ownRunId);
  return isOwn || chain?.firstRunId === newest.firstRunId
    ? { kind: 'aimed', runId: newest.runId }
    : { kind: 'failed', why: 'the workflow of the job has ended, and another one has its id' };
}
