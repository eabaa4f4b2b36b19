import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { CaptureSessionActivities } from '../activities/capture-sessions.ts';
import type { JobInput, JobOutcome } from '../queues/job.ts';
import { activitiesOf, runJob } from './lifecycle.ts';

/** One session, stretched by `SIMULATED_WORK_SECONDS` at most an hour; a dead worker is noticed by its heartbeat. */
const finalizing: ActivityOptions = {
  startToCloseTimeout: '2 hours',
  scheduleToCloseTimeout: '23 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** Capture session → one schedule version: begin the session, build its schedule, store it together with the session's end. */
export function finalizeSession(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) =>
    activitiesOf<CaptureSessionActivities>(input, finalizing).finalizeSession(run),
  );
}
