import { noSuchJob } from '../operations/job-id.ts';
import { lookUpPollers } from '../operations/pollers.ts';
import type { WaitReason } from '../operations/views.ts';
import { whyNotRunning } from '../operations/why.ts';
import { type CommandContext, runAndAnswer } from './answer.ts';
import { type Command, readArguments } from './command.ts';
import { jobNamed, type NamedJob } from './named.ts';
import { visible } from './visible.ts';
import { reasonsText } from './why-text.ts';

const usage = 'usage: switchyard why [QUEUE] ID [--json]';

export const why: Command = {
  help: `${usage}

Says why a job is not running, first things first, and what to do about it. Without QUEUE the job is looked for in all queues.

  --json  prints { queue, id, waits: [ … ] }

  switchyard why orders 17`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, { options: { json: { type: 'boolean' } }, words: 2 });
    await runAndAnswer('why', flags, async (context) => {
      const job = await jobNamed(context.pool, words, usage);
      const waits = await waitsOf(context, job);
      return { json: { queue: job.queue.name, id: job.id, waits }, text: textOf(job, waits) };
    });
  },
};

/** @throws {Refusal} NO_SUCH_JOB */
export async function waitsOf(
  { pool, settings }: CommandContext,
  { queue, id }: NamedJob,
): Promise<WaitReason[]> {
  const deps = { pool, lookUpPollers: (names: readonly string[]) => lookUpPollers(settings, names) };
  const waits = await whyNotRunning(deps, queue, id);
  if (waits === undefined) throw noSuchJob(queue, id);
  return waits;
}

const textOf = ({ queue, id }: NamedJob, waits: readonly WaitReason[]): string =>
  waits.length > 0
    ? reasonsText(waits)
    : `nothing holds job ${visible(id)} of the queue ${visible(queue.name)}: it runs, or has ended`;
