import type { JobInput, JobOutcome } from 'pg-switchyard';
import { runJob, workOf } from 'pg-switchyard/workflow';
import type { DeploymentActivities } from './deploy-build.ts';

/** Unpacking takes as long as the artifact is large; a dead worker is noticed by its heartbeat. */
const deploying = {
  summary: 'Artifact → live version',
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '1 day',
} as const;

/** Artifact → live version: begin the job, unpack beside the live version, switch over, complete the job. */
export function deployBuild(input: JobInput): Promise<JobOutcome> {
  return runJob(input, (run) => workOf<DeploymentActivities>(input, deploying).deployBuild(run));
}
