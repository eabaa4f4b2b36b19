/** The worker and what its activities are made of. It loads Temporal's native core. */
export type { WorkDone } from '../activities/completion.ts';
export { DatabaseAway, JobWait, RowLost, rethrowDatabaseError } from '../activities/interruptions.ts';
export type { JobTransitions } from '../activities/jobs.ts';
export { asJob, asStep, type RetryPolicy, type WorkAsks, type WorkContext } from '../activities/lifecycle.ts';
export { type JobRow, type RequireMine, requireMineBy } from '../activities/ownership.ts';
export { createResults, type Results } from '../activities/results.ts';
export { createSystem, type System, type Verdict } from '../activities/systems.ts';
export { type WorkflowSources, workflowBundle } from './bundle.ts';
export type { CreateActivities, OnWorkerStart, QueueWork, WorkDeps } from './pipeline.ts';
export { nativeOptions, runWorker, type WorkerApplication } from './run.ts';
export { installRuntime } from './runtime.ts';
export { createWorkerOf } from './worker.ts';
export { writeBundle } from './write-bundle.ts';
