import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto';
import { msOf } from './temporal-time.ts';

const {
  EventType,
  PendingActivityState,
  PendingWorkflowTaskState,
  ResetReapplyType,
  TaskQueueType,
  VersioningBehavior,
} = proto.temporal.api.enums.v1;

/** A task of an open workflow that waits for a worker. */
export interface WaitingTask {
  taskQueue: string;
  /** In milliseconds since 1970. */
  sinceMs: number;
  /** Of an activity; left out: it is the workflow's own. */
  activityId?: string;
  /** Whether the try before was ended by a timeout: its worker died, or hung. */
  lastTimedOut?: boolean;
}

/** An open run, and its tasks that wait. */
export interface WaitingRun {
  workflowId: string;
  runId: string;
  waiting: readonly WaitingTask[];
}

/** The parts of the client that are used here. */
export type TasksClient = Pick<Client, 'workflowService' | 'withDeadline'> & {
  options: { namespace: string };
};

const defaultLostAfterMs = 5 * 60_000;
const deadlineMs = 10_000;
/** A long poll lasts a minute. */
const pollerSeenWithinMs = 2 * 60_000;
const queueKnownForMs = 10_000;
/** Sent so that an event follows the task: Temporal resets to no event that is the last. Workflows need not handle it. */
export const lostTaskSignal = 'switchyard_lost_task';
const identity = 'switchyard';

/**
 * Finds tasks that Temporal shows as scheduled and will never give to a worker, and has them scheduled again. A task queue that loses its
 * tasks has been seen on a cluster with fairness, when a process of matching was frozen for longer than the others wait for it.
 *
 * A task is lost when it has waited for minutes while workers poll its task queue and the oldest task that waits there is minutes younger.
 */
export class LostTasks {
  readonly #client: TasksClient;
  readonly #lostAfterMs: number;
  readonly #queues = new Map<string, { oldest: Promise<number | undefined>; askedAt: number }>();

  constructor(client: TasksClient, lostAfterMs = defaultLostAfterMs) {
    this.#client = client;
    this.#lostAfterMs = lostAfterMs;
  }

  /**
   * Schedules again what is lost. Answers what that was, in words; `undefined`: nothing is lost.
   * @throws what Temporal says against it
   */
  async renew({ workflowId, runId, waiting }: WaitingRun): Promise<string | undefined> {
    const execution = { workflowId, runId };
    for (const task of waiting) {
      if (!(await this.#isLost(task))) continue;
      if (task.activityId === undefined) {
        await this.#renewWorkflowTask(execution, task);
        return `Temporal lost its workflow task, which it shows as scheduled ${since(task)}: reset to that task`;
      }
      if (task.lastTimedOut) await this.#resetActivity(execution, task.activityId);
      else await this.#renewActivityTask(execution, task.activityId);
      return `Temporal lost the task of its activity ${task.activityId}, which it shows as scheduled ${since(task)}: scheduled again`;
    }
    return undefined;
  }

  async #isLost(task: WaitingTask): Promise<boolean> {
    const waitedMs = Date.now() - task.sinceMs;
    if (waitedMs < this.#lostAfterMs) return false;
    const oldestMs = await this.#oldestIn(task);
    return oldestMs !== undefined && waitedMs - oldestMs >= this.#lostAfterMs;
  }

  /** For how long the oldest task of the task queue has waited, in milliseconds. `undefined`: no worker polls it. */
  #oldestIn({ taskQueue, activityId }: WaitingTask): Promise<number | undefined> {
    const key = `${activityId === undefined} ${taskQueue}`;
    const known = this.#queues.get(key);
    const now = performance.now();
    if (known !== undefined && now - known.askedAt < queueKnownForMs) return known.oldest;
    for (const [of, { askedAt }] of this.#queues)
      if (now - askedAt >= queueKnownForMs) this.#queues.delete(of);
    const oldest = this.#askOldest(taskQueue, activityId !== undefined);
    this.#queues.set(key, { oldest, askedAt: now });
    return oldest;
  }

  async #askOldest(taskQueue: string, ofActivities: boolean): Promise<number | undefined> {
    const { pollers, stats } = await this.#ask((service, namespace) =>
      service.describeTaskQueue({
        namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: ofActivities
          ? TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
          : TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        reportStats: true,
      }),
    );
    const polled = pollers.some(
      ({ lastAccessTime }) => Date.now() - (msOf(lastAccessTime) ?? 0) < pollerSeenWithinMs,
    );
    return polled && stats != null ? (msOf(stats.approximateBacklogAge) ?? 0) : undefined;
  }

  /** A new run goes on from the same place: what the workflow has done, and signals that came since, are in it. */
  async #renewWorkflowTask(execution: Execution, task: WaitingTask): Promise<void> {
    const { history } = await this.#ask((service, namespace) =>
      service.getWorkflowExecutionHistoryReverse({ namespace, execution, maximumPageSize: 100 }),
    );
    const events = history?.events ?? [];
    const at = events.findIndex(
      ({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    );
    const scheduled = events[at]?.eventId;
    if (scheduled == null) throw new Error('its history shows no workflow task that is scheduled');
    if (at === 0) await this.#signal(execution, `${execution.runId}-${task.sinceMs}`);
    await this.#ask((service, namespace) =>
      service.resetWorkflowExecution({
        namespace,
        workflowExecution: execution,
        reason: 'Temporal lost the workflow task',
        workflowTaskFinishEventId: scheduled.add(1),
        requestId: randomUUID(),
        resetReapplyType: ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE,
        identity,
      }),
    );
  }

  async #signal(workflowExecution: Execution, requestId: string): Promise<void> {
    await this.#ask((service, namespace) =>
      service.signalWorkflowExecution({
        namespace,
        workflowExecution,
        signalName: lostTaskSignal,
        requestId,
        identity,
      }),
    );
  }

  /** Changes none of its options, which is enough to have it scheduled anew; its tries count on. */
  async #renewActivityTask(execution: Execution, id: string): Promise<void> {
    await this.#ask((service, namespace) =>
      service.updateActivityOptions({
        namespace,
        execution,
        id,
        activityOptions: {},
        updateMask: { paths: [] },
        identity,
      }),
    );
  }

  /**
   * Schedules it now, and counts its tries from one; what its heartbeats told stays. After a timeout an update of its options would fail it
   * with ScheduleToStart: Temporal 1.32 then takes the end of its last try, from which it counts, for 1970.
   */
  async #resetActivity(execution: Execution, id: string): Promise<void> {
    await this.#ask((service, namespace) => service.resetActivity({ namespace, execution, id, identity }));
  }

  #ask<T>(ask: (service: TasksClient['workflowService'], namespace: string) => Promise<T>): Promise<T> {
    const { workflowService, options } = this.#client;
    return this.#client.withDeadline(Date.now() + deadlineMs, () => ask(workflowService, options.namespace));
  }
}

interface Execution {
  workflowId: string;
  runId: string;
}

/**
 * The tasks of an open workflow that wait for a worker, by Temporal's description of it. None of one that is pinned to a version of its
 * worker, which waits for that version.
 */
export function waitingTasksOf({
  workflowExecutionInfo: info,
  executionConfig,
  pendingWorkflowTask: own,
  pendingActivities,
}: temporal.api.workflowservice.v1.IDescribeWorkflowExecutionResponse): WaitingTask[] {
  if (isPinned(info?.versioningInfo)) return [];
  const waiting: WaitingTask[] = [];
  const workflowQueue = executionConfig?.taskQueue?.name ?? info?.taskQueue;
  const isScheduled = own?.state === PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED;
  if (isScheduled && workflowQueue) pushIfSince(waiting, own.scheduledTime, { taskQueue: workflowQueue });
  for (const activity of pendingActivities ?? []) {
    const { state, activityId, scheduledTime, lastFailure, paused } = activity;
    const taskQueue = activity.activityOptions?.taskQueue?.name;
    if (state !== PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED || paused) continue;
    const lastTimedOut = lastFailure?.timeoutFailureInfo != null;
    if (activityId && taskQueue) pushIfSince(waiting, scheduledTime, { taskQueue, activityId, lastTimedOut });
  }
  return waiting;
}

function pushIfSince(
  waiting: WaitingTask[],
  time: Parameters<typeof msOf>[0],
  task: Omit<WaitingTask, 'sinceMs'>,
): void {
  const sinceMs = msOf(time);
  if (sinceMs !== undefined) waiting.push({ ...task, sinceMs });
}

const isPinned = (
  of: temporal.api.workflow.v1.IWorkflowExecutionVersioningInfo | null | undefined,
): boolean =>
  of?.versioningOverride != null || of?.behavior === VersioningBehavior.VERSIONING_BEHAVIOR_PINNED;

const since = ({ sinceMs }: WaitingTask): string => `since ${new Date(sinceMs).toISOString()}`;
