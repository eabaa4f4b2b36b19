/** The worker and what its activities are made of. It loads Temporal's native core. */

export { createResults, type Results } from '../activities/results/results.ts';
export { type JobRow, type RequireMine, requireMineBy } from '../activities/rows/ownership.ts';
export type { JobTransitions } from '../activities/rows/transitions.ts';
export { createStorageSystem } from '../activities/systems/storage-system.ts';
export { createSystem, type System, type Verdict } from '../activities/systems/systems.ts';
export { asJob, type WorkAsks, type WorkContext } from '../activities/work/as-job.ts';
export { asStep } from '../activities/work/as-step.ts';
export type { WorkDone } from '../activities/work/completion.ts';
export { DatabaseAway, JobWait, RowLost, rethrowDatabaseError } from '../activities/work/interruptions.ts';
export type { RetryPolicy } from '../activities/work/try.ts';
export { createExternalStorage } from '../storage/payloads.ts';
export { type WorkflowSources, workflowBundle } from './bundle.ts';
export type { CreateActivities, OnWorkerStart, QueueWork, WorkDeps } from './pipeline.ts';
export { switchyardPlugin } from './plugin.ts';
export { nativeOptions, runWorker, type WorkerApplication } from './run.ts';
export { installRuntime } from './runtime.ts';
export { createWorkerOf } from './worker.ts';
export { writeBundle } from './write-bundle.ts';
