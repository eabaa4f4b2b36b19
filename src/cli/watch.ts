import { runAndAnswer } from './answer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { jobNamed, queueNamed } from './named.ts';
import { watchJob, watchQueue } from './watch-events.ts';

const usage = `usage: switchyard watch QUEUE ID [--json]
       switchyard watch QUEUE [--json]`;

export const watch: Command = {
  help: `${usage}

Prints what happens to a job, as it happens, until it has ended: then it ends with 0 when the job is complete, with 10 when it failed,
with 11 when it was canceled. Without ID it prints what happens to all jobs of the queue from now on, until Ctrl-C.

  --json  prints one event a line, as JSON

  switchyard watch orders 17 && echo done`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, { options: { json: { type: 'boolean' } }, words: 2 });
    const [name, id] = words;
    if (!name) throw new UsageError(`QUEUE is missing\n${usage}`);
    await runAndAnswer('watch', flags, async ({ pool, signal }) => {
      const follow = { pool, signal, json: flags.json ?? false };
      const code =
        id === undefined
          ? await watchQueue(follow, (await queueNamed(pool, name)).name)
          : await watchJob(follow, await jobNamed(pool, [name, id], usage));
      return { json: null, text: '', code, isPrinted: true };
    });
  },
};
