import { type Settings, wholeNumber } from './setting.ts';

export const reconcilerSettings = {
  reconcileIntervalMs: wholeNumber(
    'RECONCILE_INTERVAL',
    30_000,
    1_000,
    3_600_000,
    'milliseconds',
    'How often rows and workflows are compared, and what does not fit is mended',
  ),
  lostTaskAfterMs: wholeNumber(
    'LOST_TASK_AFTER',
    300_000,
    10_000,
    86_400_000,
    'milliseconds',
    'How long a task must have waited for a worker, with none as old in its task queue, until it counts as lost by Temporal and is scheduled again',
  ),
  retentionJobsDays: wholeNumber(
    'RETENTION_JOBS_DAYS',
    0,
    0,
    36_500,
    'days',
    'How long ended rows are kept, with the files that belong to them; 0: for ever',
  ),
  retentionEventsDays: wholeNumber(
    'RETENTION_EVENTS_DAYS',
    0,
    0,
    36_500,
    'days',
    'How long the events of jobs are kept; 0: for ever',
  ),
} satisfies Settings;
