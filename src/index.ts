/**
 * What every process of an application may load: queues and the jobs of them, errors, the database and the frame of a process. It loads neither Temporal
 * nor Fastify.
 */

export { mayPass, storageError } from './activities/work/storage-errors.ts';
export {
  cancel,
  type Db,
  type Duration,
  defineQueue,
  type EnqueueOptions,
  enqueue,
  enqueueMany,
  fromDrizzle,
  fromKnex,
  fromKysely,
  fromPostgresJs,
  fromPrisma,
  getJob,
  isWatchedQueue,
  type Job,
  type JobId,
  JobNotEndedError,
  type JobStatus,
  type JobToEnqueue,
  type QueueOptions,
  type QueueOrName,
  queueSql,
  queueStatement,
  reprioritize,
  reschedule,
  retry,
  SchemaError,
  type SchemaIssue,
  type StandardSchema,
  type Statement,
  signal,
  type WaitOptions,
  type WatchedQueue,
  waitForJob,
} from './client/index.ts';
export type { Pool, PoolClient } from './platform/database.ts';
export { createPool, inTransaction, mapWords, quoteColumn, quoteName } from './platform/database.ts';
export { passwordsIn, readDatabaseAddress, withoutPassword } from './platform/database-address.ts';
export { runDatabaseCommand } from './platform/database-command.ts';
export { checkViolation, isDatabaseTrouble, sentenceOf, subjectOf } from './platform/database-errors.ts';
export type { DatabaseTime } from './platform/database-types.ts';
export { withDefaults } from './platform/default-settings.ts';
export { allowedEnvironment, environment } from './platform/environment.ts';
export {
  ErrorCode,
  JobError,
  KnownError,
  placeOf,
  reasonOf,
  SetupError,
  systemErrorCode,
} from './platform/errors.ts';
export {
  flushToDisk,
  flushTree,
  hashFile,
  realPathInside,
  removeOlder,
  renameFlushed,
  requireRoom,
  type StoredFile,
  sweepFiles,
  writeFlushed,
} from './platform/files.ts';
export type { HealthCheck } from './platform/health.ts';
export { hostRoles } from './platform/host-roles.ts';
export { wordsOfIssue } from './platform/issue-words.ts';
export type { Logger, LogStream } from './platform/logging.ts';
export { isLoopback } from './platform/loopback.ts';
export { type ProcessContext, runProcess, type SettingsSource } from './platform/process.ts';
export { createRedaction } from './platform/redaction.ts';
export { parseRetryAfter } from './platform/retry-after.ts';
export type { PayloadKey, Settings } from './platform/settings.ts';
export { aborted, sleep } from './platform/shutdown.ts';
export { type QueueDefinition, type QueueFiles, readId, workflowIdOf } from './queues/definition.ts';
export type { Answer, JobInput, JobOutcome, JobRun } from './queues/job.ts';
export {
  rowTaskQueue,
  standardColumns,
  standardOrder,
  standardStates,
  workTaskQueue,
} from './queues/standard.ts';
export { StoreFailure } from './storage/failures.ts';
export { createFolderStore, openFile } from './storage/folder-store.ts';
export {
  createStorage,
  type Storage,
  type StorageSettings,
  storageNeeds,
} from './storage/storage.ts';
export {
  type ByteRange,
  type FilePlace,
  type FileStore,
  type LocalFile,
  NotAFile,
  OutsideStore,
  type StoredContent,
} from './storage/store.ts';
export type { Pipeline } from './worker/pipeline.ts';
export { systemPipeline } from './worker/system-pipeline.ts';
