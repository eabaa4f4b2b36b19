/** What is needed of an event of a history, as the Temporal CLI writes it to JSON. */
export interface HistoryEvent {
  eventType?: unknown;
  activityTaskStartedEventAttributes?: { attempt?: number | null } | null;
}

/** Events that Temporal Cloud counts as one action each. https://docs.temporal.io/cloud/actions */
const counted = [
  'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
  'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
  'EVENT_TYPE_TIMER_STARTED',
  'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
  'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
  'EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
];
/** One for the start of the child, whose own history tells the rest, and one for its execution. */
const child = 'EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED';

/**
 * How many actions of Temporal Cloud the history of one run stands for. Heartbeats, queries and refused updates are in no history.
 * Search attributes at the start, the summary and the details cost none.
 */
export function actionsOf(events: readonly HistoryEvent[]): number {
  return events.reduce((sum, event) => sum + actionsOfEvent(event), 0);
}

function actionsOfEvent({ eventType, activityTaskStartedEventAttributes: started }: HistoryEvent): number {
  if (typeof eventType !== 'string') throw new Error(`an event without a type: ${JSON.stringify(eventType)}`);
  if (counted.includes(eventType) || eventType === child) return 1;
  // Each try of an activity is one; the first is counted when it is scheduled.
  return Math.max(0, (started?.attempt ?? 1) - 1);
}
