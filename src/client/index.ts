/** Watched queues from TypeScript: their definitions, and the jobs of them in the application's own transactions. */
export { fromDrizzle, fromKnex, fromKysely, fromPostgresJs, fromPrisma } from './adapters.ts';
export { cancel, type QueueOrName, reprioritize, reschedule, retry, signal } from './control.ts';
export type { Db } from './database.ts';
export { defineQueue, isWatchedQueue, type WatchedQueue } from './define-queue.ts';
export type { Duration } from './duration.ts';
export { type EnqueueOptions, enqueue, enqueueMany, type JobToEnqueue } from './enqueue.ts';
export type { JobId } from './field-texts.ts';
export { getJob, type Job, type JobStatus } from './job.ts';
export type { QueueOptions } from './queue-options.ts';
export { queueSql, queueStatement, type Statement } from './queue-statement.ts';
export { SchemaError, type SchemaIssue, type StandardSchema } from './standard-schema.ts';
export { JobNotEndedError, type WaitOptions, waitForJob } from './wait-for-job.ts';
