import { readJob } from '../operations/job-detail.ts';
import type { JobDetail } from '../operations/views.ts';
import type { PoolClient } from '../platform/database.ts';
import { type CommandContext, runAndAnswer } from './answer.ts';
import { jobNamed } from './named.ts';
import { changeAsOperator } from './operator.ts';
import { painted } from './paint.ts';
import { visible } from './visible.ts';

interface Change {
  /** `QUEUE ID`, or `ID` alone. */
  words: readonly string[];
  usage: string;
  /** What was asked for, as a sentence goes on that begins with the job. */
  done: string;
  work(tx: PoolClient, queue: string, id: string): Promise<void>;
}

/** Changes one job, and answers how it stands then. */
export const changeOneJob = (
  name: string,
  flags: { json?: boolean | undefined },
  change: Change,
): Promise<void> =>
  runAndAnswer(name, flags, async ({ pool }: CommandContext) => {
    const { queue, id } = await jobNamed(pool, change.words, change.usage);
    await changeAsOperator(pool, (tx) => change.work(tx, queue.name, id));
    const job = await readJob(pool, queue.name, id);
    return { json: job, text: textOf(job, change.done) };
  });

const textOf = (job: JobDetail, done: string): string =>
  `job ${visible(job.id)} of the queue ${visible(job.queue)} ${done}; it is ${painted(job.status, visible(job.word))}`;
