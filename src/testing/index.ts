/**
 * What tests of an application are made of: its own table, starter and worker on a real Postgres and a real Temporal, pass by pass.
 * It loads the worker's native core. The test brings the connections to Temporal.
 */
export { type ClaimCounts, claimOnce, type QueueOptions } from './claim-once.ts';
export type { TestedQueue } from './queue-of.ts';
export { createScratchDatabase, type ScratchDatabase } from './scratch-database.ts';
export { type Row, type UntilEndedOptions, untilEnded } from './until-ended.ts';
export { type TestedApplication, withWorker } from './with-worker.ts';
