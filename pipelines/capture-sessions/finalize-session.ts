import { setTimeout as pause } from 'node:timers/promises';
import { type JobOutcome, type JobRun, type Logger, quoteName } from 'pg-switchyard';
import { asJob, type JobTransitions, type WorkContext, type WorkDone } from 'pg-switchyard/worker';
import { checkSchedule, type Schedule, storeSchedule } from './schedules.ts';

const retry = { maxAttempts: 5, initialIntervalMs: 1_000, maxIntervalMs: 30_000 };

export type CaptureSessionActivities = ReturnType<typeof createCaptureSessionActivities>;

/** Capture session → its schedule, stored in the transaction that completes the session: both, or neither. */
export function createCaptureSessionActivities(deps: {
  jobs: JobTransitions;
  /** The schema of `schedule_version`. */
  schema: string;
  /** What the session captured. */
  capture: (sessionId: string) => Promise<Schedule>;
  /** Stretches the work, for tests; in milliseconds. */
  simulatedWorkMs: number;
  log: Logger;
}) {
  const { jobs, log } = deps;
  const versions = quoteName(`${deps.schema}.schedule_version`);

  async function work({ run, signal }: WorkContext): Promise<WorkDone> {
    const schedule = checkSchedule(await deps.capture(run.jobId));
    if (deps.simulatedWorkMs > 0) await pause(deps.simulatedWorkMs, undefined, { signal });
    return {
      publish: async (tx) => {
        await storeSchedule(tx, versions, run.jobId, schedule);
        return {};
      },
      shows: () => ({ date: schedule.date, version: schedule.version }),
      cleanUp: async () => undefined,
    };
  }

  return {
    finalizeSession: (run: JobRun): Promise<JobOutcome> => asJob({ jobs, retry, log }, run, work),
  };
}
