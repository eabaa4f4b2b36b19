import { changeJob } from '../operations/change-job.ts';
import { changeOneJob } from './change-commands.ts';
import { type Command, readArguments } from './command.ts';

const usage = 'usage: switchyard cancel [QUEUE] ID [--json]';

export const cancel: Command = {
  help: `${usage}

Cancels a job: one that waits is canceled at once, one that runs is asked to end. One that has ended stays as it is. Many at once:
switchyard redrive.

  switchyard cancel orders 17`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, { options: { json: { type: 'boolean' } }, words: 2 });
    await changeOneJob('cancel', flags, { words, usage, done: 'was asked to end', work: changeJob.cancel });
  },
};
