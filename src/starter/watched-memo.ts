import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { QueueDefinition } from '../queues/definition.ts';
import { maxAttempts } from '../sql/names.ts';
import type { ClaimedJob } from './claimed-job.ts';
import { decodePayload } from './payloads.ts';

/** Whose a workflow is that has the id of a watched job. */
export type Whose =
  | 'this attempt'
  /** An earlier one of this job, or of an earlier row with its id. */
  | 'another attempt'
  /** The row has been claimed since it was read, or the database is an older state of itself. */
  | 'later attempt'
  | 'another database'
  | 'foreign';

type MemoFields = Record<string, Payload> | null | undefined;

/** The fields of the memo. */
export const memoFields = {
  job: 'switchyardJob',
  database: 'switchyardDatabase',
  row: 'switchyardRow',
} as const;

/**
 * What the workflow of a watched job carries, in all runs of its chain. By `row` a row is told from an earlier one with its id, which
 * was deleted.
 */
export function memoOf(queue: QueueDefinition, job: ClaimedJob): Record<string, string> {
  const { watched } = job;
  return {
    [memoFields.job]: `${queue.name}/${job.id}/${attemptToStart(job)}`,
    ...(queue.database !== undefined && { [memoFields.database]: queue.database }),
    ...(watched !== undefined && { [memoFields.row]: watched.created_at }),
  };
}

/** Whose the memo says a workflow is. One that cannot be decoded was written by somebody else. */
export async function whoseMemo(
  client: Client,
  queue: QueueDefinition,
  job: ClaimedJob,
  workflowId: string,
  memo: MemoFields,
): Promise<Whose> {
  let found: { job: unknown; database: unknown; row: unknown };
  try {
    const read = async (name: string): Promise<unknown> => {
      const payload = memo?.[name];
      return payload == null ? undefined : decodePayload(client, workflowId, payload);
    };
    found = {
      job: await read(memoFields.job),
      database: await read(memoFields.database),
      row: await read(memoFields.row),
    };
  } catch {
    return 'foreign';
  }
  const prefix = `${queue.name}/${job.id}/`;
  if (typeof found.job !== 'string' || !found.job.startsWith(prefix)) return 'foreign';
  const attempt = found.job.slice(prefix.length);
  if (!/^\d+$/.test(attempt)) return 'foreign';
  if (found.database !== queue.database) return 'another database';
  const sameRow = found.row === undefined || found.row === job.watched?.created_at;
  if (!sameRow || Number(attempt) < attemptToStart(job)) return 'another attempt';
  return Number(attempt) === attemptToStart(job) ? 'this attempt' : 'later attempt';
}

/** As `markStarted` counts. */
const attemptToStart = ({ attempt }: ClaimedJob): number => Math.min(attempt, maxAttempts.integer - 1) + 1;
