import { readStatus, readStatusOf } from '../operations/status-of-queues.ts';
import { runAndAnswer } from './answer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { queueNamed } from './named.ts';
import { detailsText, statusText } from './status-text.ts';

const usage = 'usage: switchyard status [QUEUE] [--json]';

export const status: Command = {
  help: `${usage}

Shows all queues: how many jobs wait, run and failed, what is paused, and whether a starter and a worker are there for them.
With QUEUE: all of one queue, and its last ten failed jobs.

  switchyard status
  switchyard status orders --json`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, {
      options: { json: { type: 'boolean' } },
      words: 1,
    });
    const [name] = words;
    if (name === '') throw new UsageError(usage);
    await runAndAnswer('status', flags, async (context) => {
      if (name === undefined) {
        const status = await readStatus(context);
        return { json: status, text: statusText(status) };
      }
      await queueNamed(context.pool, name);
      const status = await readStatusOf(context, name);
      return { json: status, text: detailsText(status) };
    });
  },
};
