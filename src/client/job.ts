import { readJob } from '../sql/client.ts';
import { ask, type Db } from './database.ts';
import type { WatchedQueue } from './define-queue.ts';
import { idText, type JobId } from './field-texts.ts';
import { checked } from './standard-schema.ts';

export type JobStatus = 'queued' | 'processing' | 'complete' | 'failed' | 'canceled';

/** A job of a watched queue. What it does not have is null. */
export interface Job<Input = unknown, Result = unknown> {
  id: string;
  status: JobStatus;
  workflowId: string;
  /** The first run of its workflow, which continue-as-new, retries and resets keep. */
  runId: string | null;
  /** How often it was started. */
  attempt: number;
  input: Input | null;
  /** What the workflow returned. */
  result: Result | null;
  /** Why what the workflow returned does not stand in `result`. */
  resultNote: string | null;
  errorCode: string | null;
  errorMessage: string | null;
  key: string | null;
  priority: number;
  runAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  cancelRequestedAt: Date | null;
  /** Why a job that is queued does not start: its time, a pause, a refused start, or its turn. `switchyard why` looks further. */
  whyWaiting: string | null;
}

type Times = 'runAt' | 'createdAt' | 'startedAt' | 'endedAt' | 'cancelRequestedAt';

/** As Postgres answers it. */
type JobRow = Omit<Job, Times> & { createdAt: string } & Record<Times, string | null>;

/**
 * Reads a job.
 * @returns undefined when there is no such job
 * @throws the error of Postgres for a queue that is not there, and for an id that is none
 * @throws {SchemaError} when the job is complete, and the queue's `resultSchema` refuses its result
 */
export async function getJob<Result, Stored>(
  db: Db,
  queue: WatchedQueue<unknown, Result, Stored> | string,
  id: JobId,
): Promise<Job<Stored, Result> | undefined> {
  const { name, resultSchema = undefined } = typeof queue === 'string' ? { name: queue } : queue;
  const text = await ask(db, readJob, [name, idText(id)]);
  if (text === null) return undefined;
  const row = JSON.parse(text) as JobRow;
  const hasResult = row.status === 'complete' && row.resultNote === null;
  const subject = `the result of job ${row.id} of queue "${name}"`;
  return {
    ...row,
    input: row.input as Stored | null,
    result: (hasResult ? await checked(resultSchema, row.result, subject) : null) as Result | null,
    runAt: time(row.runAt),
    createdAt: new Date(row.createdAt),
    startedAt: time(row.startedAt),
    endedAt: time(row.endedAt),
    cancelRequestedAt: time(row.cancelRequestedAt),
  };
}

const time = (text: string | null): Date | null => (text === null ? null : new Date(text));
