import { resume as resumeIt } from '../api/queue-queries.ts';
import { runAndAnswer } from './answer.ts';
import { type Command, readArguments } from './command.ts';
import { changeAsOperator } from './operator.ts';
import { pauseFlags, pauseTarget, targetText } from './pause-words.ts';

const usage = `usage: switchyard resume QUEUE [--key KEY] [--json]
       switchyard resume --system NAME [--json]`;

export const resume: Command = {
  help: `${usage}

Ends a pause. What was not paused stays as it is, which is no error.

  switchyard resume orders`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, { options: pauseFlags, words: 1 });
    await runAndAnswer('resume', flags, async ({ pool }) => {
      const target = await pauseTarget(pool, { queue: words[0], ...flags }, usage);
      const resumed = await changeAsOperator(pool, (tx) => resumeIt(tx, target));
      return { json: { resumed }, text: `${targetText(target)} ${resumed ? 'goes on' : 'was not paused'}` };
    });
  },
};
