/** What workflows are made of. Deterministic: it may be bundled into a workflow, and nothing else of the package may. */
export type { JobInput, JobOutcome, JobRun } from '../queues/job.ts';
export { untilNothingIsAsked } from './parking.ts';
/** The engine's own workflows, which every application's bundle exports. */
export { housekeep, reconcile } from './reconcile.ts';
export { redriveJobs } from './redrives.ts';
export { activitiesOf, runJob, workOf } from './run-job.ts';
export { type Job, type JobResult, runSteps } from './run-steps.ts';
export { deliverWebhook } from './webhooks.ts';
