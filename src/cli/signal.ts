import { changeJob } from '../operations/change-job.ts';
import { changeOneJob } from './change-commands.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { readJson } from './read-flags.ts';

const usage = 'usage: switchyard signal QUEUE ID NAME [--arg JSON]… [--json]';

export const signal: Command = {
  help: `${usage}

Sends a signal to the workflow of a job: at once where it runs, else as soon as it does.

  --arg  an argument of the signal; given again for each

  switchyard signal orders 17 approve --arg '{"by": "ann"}'`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, {
      options: { arg: { type: 'string', multiple: true }, json: { type: 'boolean' } },
      words: 3,
    });
    const [queue, id, name] = words;
    if (!queue || !id || !name) throw new UsageError(`QUEUE, ID or NAME is missing\n${usage}`);
    const values = (flags.arg ?? []).map((arg) => readJson('--arg', arg, usage));
    await changeOneJob('signal', flags, {
      words: [queue, id],
      usage,
      done: 'gets the signal',
      work: (tx, queueName, jobId) => changeJob.signal(tx, queueName, jobId, name, values),
    });
  },
};
