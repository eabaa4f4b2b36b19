import type { temporal } from '@temporalio/proto';
import type { WorkflowStep } from '../views.ts';
import { failureOf } from './failures.ts';
import { summaryOf, timeOf } from './values.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Pending = temporal.api.workflow.v1.IPendingActivityInfo;
type Begin = Pick<WorkflowStep, 'kind'> & { name: string | null | undefined } & Partial<
    Omit<WorkflowStep, 'kind' | 'name'>
  >;
type Ends = Partial<Pick<WorkflowStep, 'state' | 'failure'>>;

/** The steps of a run, in the order in which they were asked for. Inputs and results are never looked at. */
export function stepsOf(events: readonly Event[], pending: readonly Pending[]): WorkflowStep[] {
  const steps = new Map<string, WorkflowStep>();
  const begin = (event: Event, step: Begin) => {
    const id = String(event.eventId);
    const at = timeOf(event.eventTime);
    steps.set(id, {
      state: 'waiting',
      attempt: null,
      startedAt: null,
      endedAt: null,
      nextTryAt: null,
      failure: null,
      summary: summaryOf(event.userMetadata?.summary),
      ...step,
      id,
      name: step.name ?? '',
      scheduledAt: at,
    });
  };
  const change = (of: unknown, what: Partial<WorkflowStep>) => {
    const step = steps.get(String(of));
    if (step !== undefined) Object.assign(step, what);
  };
  const end = (event: Event, of: unknown, ends: Ends = {}) =>
    change(of, { state: 'complete', endedAt: timeOf(event.eventTime), ...ends });
  for (const event of events) takeEvent(event, { begin, change, end });
  for (const activity of pending) takePending(activity, events, change);
  return [...steps.values()];
}

interface Take {
  begin(event: Event, step: Begin): void;
  change(of: unknown, what: Partial<WorkflowStep>): void;
  end(event: Event, of: unknown, ends?: Ends): void;
}

function takeEvent(event: Event, take: Take): void {
  takeActivity(event, take);
  takeTimer(event, take);
  takeChild(event, take);
  takeMoment(event, take);
}

function takeActivity(event: Event, { begin, change, end }: Take): void {
  const { activityTaskScheduledEventAttributes: scheduled, activityTaskStartedEventAttributes: started } =
    event;
  if (scheduled) begin(event, { kind: 'activity', name: scheduled.activityType?.name });
  if (started)
    change(started.scheduledEventId, {
      state: 'running',
      startedAt: timeOf(event.eventTime),
      attempt: started.attempt ?? null,
      failure: failureOf(started.lastFailure),
    });
  const { activityTaskCompletedEventAttributes: completed, activityTaskFailedEventAttributes: failed } =
    event;
  const { activityTaskTimedOutEventAttributes: late, activityTaskCanceledEventAttributes: canceled } = event;
  if (completed) end(event, completed.scheduledEventId);
  if (failed) end(event, failed.scheduledEventId, { state: 'failed', failure: failureOf(failed.failure) });
  if (late) end(event, late.scheduledEventId, { state: 'timed out', failure: failureOf(late.failure) });
  if (canceled) end(event, canceled.scheduledEventId, { state: 'canceled' });
}

function takeTimer(event: Event, { begin, end }: Take): void {
  const { timerStartedEventAttributes: started, timerFiredEventAttributes: fired } = event;
  const span = started?.startToFireTimeout;
  const seconds = Math.round(Number(span?.seconds ?? 0) * 1000 + (span?.nanos ?? 0) / 1e6) / 1000;
  if (started) begin(event, { kind: 'timer', name: `${seconds} s`, startedAt: timeOf(event.eventTime) });
  if (fired) end(event, fired.startedEventId);
  const canceled = event.timerCanceledEventAttributes;
  if (canceled) end(event, canceled.startedEventId, { state: 'canceled' });
}

function takeChild(event: Event, { begin, change, end }: Take): void {
  const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
  if (initiated) begin(event, { kind: 'child', name: initiated.workflowType?.name });
  const refused = event.startChildWorkflowExecutionFailedEventAttributes;
  if (refused) end(event, refused.initiatedEventId, { state: 'failed' });
  const started = event.childWorkflowExecutionStartedEventAttributes;
  if (started) change(started.initiatedEventId, { state: 'running', startedAt: timeOf(event.eventTime) });
  const completed = event.childWorkflowExecutionCompletedEventAttributes;
  if (completed) end(event, completed.initiatedEventId);
  const failed = event.childWorkflowExecutionFailedEventAttributes;
  if (failed) end(event, failed.initiatedEventId, { state: 'failed', failure: failureOf(failed.failure) });
  const late = event.childWorkflowExecutionTimedOutEventAttributes;
  if (late) end(event, late.initiatedEventId, { state: 'timed out' });
  const stopped =
    event.childWorkflowExecutionCanceledEventAttributes ??
    event.childWorkflowExecutionTerminatedEventAttributes;
  if (stopped) end(event, stopped.initiatedEventId, { state: 'canceled' });
}

/** What happens at one moment. */
function takeMoment(event: Event, { begin }: Take): void {
  const at = timeOf(event.eventTime);
  const done = { state: 'complete', startedAt: at, endedAt: at } as const;
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal) begin(event, { kind: 'signal', name: signal.signalName, ...done });
  const update = event.workflowExecutionUpdateAcceptedEventAttributes;
  if (update) begin(event, { kind: 'update', name: update.acceptedRequest?.input?.name, ...done });
  const task = event.workflowTaskFailedEventAttributes;
  if (task)
    begin(event, {
      kind: 'workflow task',
      name: 'workflow task',
      ...done,
      state: 'failed',
      failure: failureOf(task.failure),
    });
}

/** The history has the start of an activity only once its last try has ended. */
function takePending(activity: Pending, events: readonly Event[], change: Take['change']): void {
  const scheduled = events.findLast(
    (event) => event.activityTaskScheduledEventAttributes?.activityId === activity.activityId,
  );
  const isRunning = timeOf(activity.lastStartedTime) !== null && activity.state !== scheduledState;
  change(scheduled?.eventId, {
    state: isRunning ? 'running' : 'waiting',
    attempt: activity.attempt ?? null,
    startedAt: timeOf(activity.lastStartedTime),
    nextTryAt: isRunning ? null : timeOf(activity.nextAttemptScheduleTime),
    failure: failureOf(activity.lastFailure),
  });
}

/** `PENDING_ACTIVITY_STATE_SCHEDULED` of temporal.api.enums.v1. */
const scheduledState = 1;
