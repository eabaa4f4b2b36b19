/**
 * A module of workflow interceptors, for the bundle of a worker that has the plugin: it begins the row of a job before a workflow that
 * knows nothing of Switchyard, and completes the row after it. Workflows that are no jobs, and the children of jobs, run as they are.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import {
  ApplicationFailure,
  type Headers,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptorsFactory,
  type WorkflowOutboundCallsInterceptor,
  workflowInfo,
} from '@temporalio/workflow';
import { type JobInput, OutcomeStatus } from '../queues/job.ts';
import { runSteps } from './run-steps.ts';

/** Carries the job from one run to the next when the workflow continues as new, whose arguments are its own. */
const jobHeader = 'pg-switchyard-job';

type PlainJob = JobInput & Required<Pick<JobInput, 'plain'>>;

export const interceptors: WorkflowInterceptorsFactory = () => {
  let job: PlainJob | undefined;
  const inbound: WorkflowInboundCallsInterceptor = {
    async execute(input, next) {
      const continued = jobIn(input.headers);
      job = workflowInfo().parent === undefined ? (continued ?? jobOf(input.args)) : undefined;
      if (job === undefined) return next(input);
      return aroundRow(job, (values) => next(continued === undefined ? { ...input, args: [values] } : input));
    },
  };
  const outbound: WorkflowOutboundCallsInterceptor = {
    continueAsNew: (input, next) =>
      next(job === undefined ? input : { ...input, headers: { ...input.headers, ...headersOf(job) } }),
  };
  return { inbound: [inbound], outbound: [outbound] };
};

/** Answers what the workflow itself answers, to whoever waits for it; nothing, when the row was not this run's to work on. */
async function aroundRow(
  job: PlainJob,
  work: (values: Readonly<Record<string, unknown>>) => Promise<unknown>,
): Promise<unknown> {
  let result: unknown;
  const { status } = await runSteps(job, async ({ values }) => {
    result = await work(values);
    const { result: column } = job.plain;
    return column === undefined ? {} : { [column]: jsonOf(result) };
  });
  return status === OutcomeStatus.complete ? result : undefined;
}

/** @throws {ApplicationFailure} for a result that JSON does not know, which another try would not change */
function jsonOf(result: unknown): string | null {
  try {
    return JSON.stringify(result) ?? null;
  } catch (error) {
    throw ApplicationFailure.nonRetryable(`the result is no JSON: ${String(error)}`, 'RESULT_REFUSED');
  }
}

function jobOf([first]: readonly unknown[]): PlainJob | undefined {
  return typeof first === 'object' && first !== null && 'jobId' in first && 'plain' in first
    ? (first as PlainJob)
    : undefined;
}

function jobIn({ [jobHeader]: payload }: Headers): PlainJob | undefined {
  return payload == null ? undefined : defaultPayloadConverter.fromPayload<PlainJob>(payload);
}

const headersOf = (job: PlainJob): Headers => ({ [jobHeader]: defaultPayloadConverter.toPayload(job) });
