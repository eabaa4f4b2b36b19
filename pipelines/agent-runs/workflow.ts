import type { JobInput, JobOutcome } from 'pg-switchyard';
import { runJob, untilNothingIsAsked, workOf } from 'pg-switchyard/workflow';
import type { AgentRunActivities } from './run/runs.ts';

/** A part of a plan, up to its end or to a question. Its tries and timeouts are the activity's own. */
const agent = {
  summary: 'The steps of the plan, up to its end or to a question',
  startToCloseTimeout: '1 day',
  scheduleToCloseTimeout: '7 days',
} as const;

/** Plan → commits and artifacts: begin the run, do its steps; where one asks, wait for the answer and go on. */
export function runAgent(input: JobInput): Promise<JobOutcome> {
  const { runPlan } = workOf<AgentRunActivities>(input, agent);
  return runJob(input, (run) => untilNothingIsAsked(run, runPlan));
}
