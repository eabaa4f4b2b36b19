import { changeJob } from '../operations/change-job.ts';
import { changeOneJob } from './change-commands.ts';
import { type Command, readArguments } from './command.ts';
import { readJson } from './read-flags.ts';

const usage = 'usage: switchyard retry [QUEUE] ID [--input JSON] [--json]';

export const retry: Command = {
  help: `${usage}

Has a job that has ended wait again, for another attempt. Many at once: switchyard redrive.

  --input  another input, of a watched queue; left out: its own

  switchyard retry orders 17`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, {
      options: { input: { type: 'string' }, json: { type: 'boolean' } },
      words: 2,
    });
    const input = flags.input === undefined ? undefined : readJson('--input', flags.input, usage);
    await changeOneJob('retry', flags, {
      words,
      usage,
      done: 'is to run again',
      work: (tx, queue, id) => changeJob.retry(tx, queue, id, input),
    });
  },
};
