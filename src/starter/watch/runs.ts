import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto';
import { type WaitingTask, waitingTasksOf } from '../../platform/lost-tasks.ts';
import { msOf } from '../../platform/temporal-time.ts';
import { isMissingWorkflow } from '../missing-workflow.ts';

const { HistoryEventFilterType, WorkflowExecutionStatus } = proto.temporal.api.enums.v1;

const deadlineMs = 10_000;
/** Temporal answers a long poll after 20 seconds when nothing has happened. */
const longPollDeadlineMs = 40_000;

export type CloseEvent = temporal.api.history.v1.IHistoryEvent;

/** The last event of a run. */
export interface SeenEnd {
  runId: string;
  event: CloseEvent;
}

/** What Temporal says of one run of a workflow. */
export interface SeenRun {
  workflowId: string;
  runId: string;
  /** The first run of its chain, which continue-as-new, retries and resets keep. */
  firstRunId: string;
  open: boolean;
  closedAtMs: number | undefined;
  cancelRequested: boolean;
  /** The run that it was reset to; `undefined`: it was not reset. */
  resetRunId: string | undefined;
  /** When it came to be by a reset; `undefined`: otherwise. */
  resetAtMs: number | undefined;
  memo: Memo;
  /** Its tasks that wait for a worker. */
  waiting: readonly WaitingTask[];
}

/** A run as Temporal's search knows it, which lags behind. */
export interface ListedRun {
  workflowId: string;
  runId: string;
  memo: Memo;
  startedAtMs: number;
  closedAtMs: number;
}

export type Memo = Readonly<Record<string, Payload>>;

/** The parts of the client that are used here. */
export type RunsClient = Pick<Client, 'workflowService' | 'withDeadline' | 'withAbortSignal'> & {
  options: { namespace: string };
};

/** Asks Temporal below the SDK, which would decode all memos, follow runs and throw for each kind of end. */
export class Runs {
  readonly #client: RunsClient;
  readonly #before: () => Promise<unknown>;

  /** `before` is waited for before each request; left out: they are sent at once. */
  constructor(client: RunsClient, before: () => Promise<unknown> = async () => undefined) {
    this.#client = client;
    this.#before = before;
  }

  /** The newest run of the workflow where none is named. `undefined`: Temporal has no such run. */
  async describe(workflowId: string, runId?: string): Promise<SeenRun | undefined> {
    const answer = await this.#ask((service, namespace) =>
      service.describeWorkflowExecution({
        namespace,
        execution: { workflowId, ...(runId !== undefined && { runId }) },
      }),
    );
    const info = answer?.workflowExecutionInfo;
    if (info == null) return undefined;
    const ownId = info.execution?.runId ?? '';
    return {
      workflowId,
      runId: ownId,
      firstRunId: info.firstRunId || ownId,
      open: info.closeTime == null && !isClosed(info.status),
      closedAtMs: msOf(info.closeTime),
      cancelRequested: answer?.workflowExtendedInfo?.cancelRequested === true,
      resetRunId: answer?.workflowExtendedInfo?.resetRunId || undefined,
      resetAtMs: msOf(answer?.workflowExtendedInfo?.lastResetTime),
      memo: (info.memo?.fields ?? {}) as Memo,
      waiting: waitingTasksOf(answer ?? {}),
    };
  }

  /** How a closed run ended. `undefined`: it is open, or Temporal no longer has its history. */
  async closeEvent(workflowId: string, runId: string): Promise<CloseEvent | undefined> {
    return closeEventIn(
      await this.#ask((service) => service.getWorkflowExecutionHistory(this.#closeOf(workflowId, runId))),
    );
  }

  /** Waits for the end of a run, as long as Temporal lets one poll wait. `undefined`: it is still open, or it is gone. */
  waitForClose(workflowId: string, runId: string, signal: AbortSignal): Promise<CloseEvent | undefined> {
    const request = { ...this.#closeOf(workflowId, runId), waitNewEvent: true };
    return this.#client.withAbortSignal(signal, () =>
      this.#client.withDeadline(Date.now() + longPollDeadlineMs, async () =>
        closeEventIn(await this.#client.workflowService.getWorkflowExecutionHistory(request)),
      ),
    );
  }

  /** One page of what Temporal's search finds, the last first. */
  async list(query: string, { pageSize, token }: { pageSize: number; token?: Uint8Array | undefined }) {
    const answer = await this.#ask((service, namespace) =>
      service.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken: token ?? null }),
    );
    const next = answer?.nextPageToken;
    return {
      runs: (answer?.executions ?? []).map(
        (info): ListedRun => ({
          workflowId: info.execution?.workflowId ?? '',
          runId: info.execution?.runId ?? '',
          memo: (info.memo?.fields ?? {}) as Memo,
          startedAtMs: msOf(info.startTime) ?? 0,
          closedAtMs: msOf(info.closeTime) ?? 0,
        }),
      ),
      next: next == null || next.length === 0 ? undefined : next,
    };
  }

  /** Asks the chain's open run to cancel, or terminates it. */
  async end(run: SeenRun, how: 'cancel' | 'terminate', reason: string): Promise<void> {
    const execution = { workflowId: run.workflowId, runId: run.runId };
    await this.#ask((service, namespace) =>
      how === 'cancel'
        ? service.requestCancelWorkflowExecution({ namespace, workflowExecution: execution, reason })
        : service.terminateWorkflowExecution({ namespace, workflowExecution: execution, reason }),
    );
  }

  /** `undefined`: Temporal has no such workflow. That the whole namespace is not there is an error. */
  async #ask<T>(
    ask: (service: RunsClient['workflowService'], namespace: string) => Promise<T>,
  ): Promise<T | undefined> {
    const { workflowService, options } = this.#client;
    await this.#before();
    try {
      return await this.#client.withDeadline(Date.now() + deadlineMs, () =>
        ask(workflowService, options.namespace),
      );
    } catch (error) {
      if (isMissingWorkflow(error)) return undefined;
      throw error;
    }
  }

  #closeOf(workflowId: string, runId: string) {
    return {
      namespace: this.#client.options.namespace,
      execution: { workflowId, runId },
      skipArchival: true,
      historyEventFilterType: HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
    };
  }
}

const open = new Set<number | null | undefined>([
  WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING,
  WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED,
]);
const isClosed = (status: number | null | undefined): boolean => !open.has(status);

/** Of a run that is open the filter answers the event that was last, or none. */
const closeEventIn = (
  answer: temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse | undefined,
): CloseEvent | undefined => {
  const event = answer?.history?.events?.at(-1);
  return event != null && isCloseEvent(event) ? event : undefined;
};

const isCloseEvent = (event: CloseEvent): boolean =>
  (event.workflowExecutionCompletedEventAttributes ??
    event.workflowExecutionFailedEventAttributes ??
    event.workflowExecutionTimedOutEventAttributes ??
    event.workflowExecutionCanceledEventAttributes ??
    event.workflowExecutionTerminatedEventAttributes ??
    event.workflowExecutionContinuedAsNewEventAttributes) != null;

/** Whether a run came to its end by itself, and was not terminated, as a reset does with one that is open. */
export const endsItself = (event: CloseEvent): boolean =>
  event.workflowExecutionTerminatedEventAttributes == null && nextRunId(event) === undefined;

/** The run that goes on with the chain: after continue-as-new, a retry, a cron schedule. `undefined`: the chain has ended. */
export function nextRunId(event: CloseEvent): string | undefined {
  return (
    event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ||
    event.workflowExecutionCompletedEventAttributes?.newExecutionRunId ||
    event.workflowExecutionFailedEventAttributes?.newExecutionRunId ||
    event.workflowExecutionTimedOutEventAttributes?.newExecutionRunId ||
    undefined
  );
}
