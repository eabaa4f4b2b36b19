import type { JobInput, JobOutcome } from 'pg-switchyard';
import { runJob, workOf } from 'pg-switchyard/workflow';
import type { BuildActivities } from './build-repository.ts';

/** The build ends by its own timeout; these are for a worker that does not. A dead one is noticed by its heartbeat. */
const building = {
  summary: 'Repository → artifact',
  startToCloseTimeout: '1 day',
  scheduleToCloseTimeout: '2 days',
} as const;

/** Repository → artifact: begin the job, fetch the commit, build it, keep log and artifact, complete the job. */
export function buildRepository(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => workOf<BuildActivities>(input, building).buildRepository(run));
}
