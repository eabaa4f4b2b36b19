import type { JobInput, JobOutcome } from 'pg-switchyard';
import { runJob, workOf } from 'pg-switchyard/workflow';
import type { CaptureSessionActivities } from './finalize-session.ts';

/** One session, stretched by `SIMULATED_WORK_SECONDS` at most an hour; a dead worker is noticed by its heartbeat. */
const finalizing = {
  summary: 'Session → schedule version',
  startToCloseTimeout: '2 hours',
  scheduleToCloseTimeout: '23 hours',
} as const;

/** Capture session → one schedule version: begin the session, build its schedule, store it together with the session's end. */
export function finalizeSession(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => workOf<CaptureSessionActivities>(input, finalizing).finalizeSession(run));
}
