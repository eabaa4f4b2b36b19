import { findJobs } from '../operations/find-jobs.ts';
import { readJobId } from '../operations/job-id.ts';
import { Refusal } from '../operations/refusal.ts';
import { quoted, type RegisteredQueue, requireQueue } from '../operations/registered-queue.ts';
import type { Pool } from '../platform/database.ts';
import { UsageError } from './command.ts';
import { didYouMean } from './similar.ts';

export interface NamedJob {
  queue: RegisteredQueue;
  /** As its table writes it. */
  id: string;
}

/** @throws {Refusal} that names those that there are, and the one that was meant */
export async function queueNamed(pool: Pool, name: string): Promise<RegisteredQueue> {
  try {
    return await requireQueue(pool, name);
  } catch (error) {
    if (!(error instanceof Refusal) || error.kind !== 'missing') throw error;
    const known = error.more['known'] as string[];
    throw new Refusal(
      error.kind,
      error.code,
      `${error.message}${didYouMean(name, known)}`,
      error.more,
      error,
    );
  }
}

/**
 * The job that one or two words name: `QUEUE ID`, or `ID` alone, which is looked for in all queues.
 * @throws {UsageError} where there is no word at all
 */
export async function jobNamed(pool: Pool, words: readonly string[], usage: string): Promise<NamedJob> {
  const [first, second] = words;
  if (!first) throw new UsageError(`ID is missing\n${usage}`);
  if (second === undefined) return jobOfAnyQueue(pool, first);
  const queue = await queueNamed(pool, first);
  return { queue, id: readJobId(queue, second) };
}

async function jobOfAnyQueue(pool: Pool, id: string): Promise<NamedJob> {
  const [found, ...others] = await findJobs(pool, id);
  if (found === undefined)
    throw new Refusal(
      'missing',
      'NO_SUCH_JOB',
      `no queue has a job ${quoted(id)}; switchyard jobs QUEUE lists those of one`,
    );
  if (others.length > 0) {
    const queues = [found, ...others].map(({ queue }) => queue).join(', ');
    throw new Refusal(
      'bad',
      'JOB_OF_SEVERAL_QUEUES',
      `several queues have a job ${quoted(id)}: ${queues}; name one of them before it`,
    );
  }
  return { queue: await requireQueue(pool, found.queue), id: found.id };
}
