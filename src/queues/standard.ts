import type { QueueDefinition } from './definition.ts';

/** Where the activities of a queue run that are not those of `TASK_QUEUE` itself. */
export const workTaskQueue = ({ taskQueue }: { taskQueue: string }, name: string): string =>
  `${taskQueue}-${name}`;

/** Where rows are written that no work writes: by every worker, beside all work and never behind it. */
export const rowTaskQueue = (of: { taskQueue: string }): string => workTaskQueue(of, 'rows');

type Columns = QueueDefinition['columns'];

/** What job tables of ours call the columns of the lifecycle; each queue says what its jobs are known by. */
export const standardColumns = {
  id: 'id',
  status: 'status',
  runId: 'run_id',
  attempt: 'attempt',
  startedBy: 'started_by',
  deadline: 'deadline',
  startedAt: 'started_at',
  priority: 'priority',
  requestId: 'request_id',
  completedAt: 'completed_at',
  failedAt: 'failed_at',
  errorCode: 'error_code',
  errorMessage: 'error_message',
  runAt: 'run_at',
  cancelRequestedAt: 'cancel_requested_at',
  canceledAt: 'canceled_at',
} as const satisfies Omit<Columns, 'label'>;

/** The words of job tables of ours for the states, which are those of `switchyard.job_events` too. */
export const standardStates: QueueDefinition['states'] = {
  waiting: 'queued',
  inFlight: 'processing',
  complete: 'complete',
  failed: 'failed',
  canceled: 'canceled',
};

/** Lower priority numbers first, then first in, first out. */
export const standardOrder: QueueDefinition['order'] = [
  { column: 'priority', direction: 'ASC' },
  { column: 'created_at', direction: 'ASC' },
  { column: 'id', direction: 'ASC' },
];
