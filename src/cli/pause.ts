import { pause as pauseIt } from '../api/queue-queries.ts';
import { pauseOf } from '../operations/around-queues.ts';
import { Refusal } from '../operations/refusal.ts';
import { runAndAnswer } from './answer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { changeAsOperator } from './operator.ts';
import { pauseFlags, pauseTarget, targetText } from './pause-words.ts';
import { visible } from './visible.ts';

const usage = `usage: switchyard pause QUEUE --reason TEXT [--key KEY] [--json]
       switchyard pause --system NAME --reason TEXT [--json]`;
const longestReason = 500;

export const pause: Command = {
  help: `${usage}

Starts no more jobs of a queue, of one key of it, or of all queues that need an outside system. What runs goes on. What is paused
already keeps its first reason.

  --reason  why; it is shown wherever the pause is
  --key     only the jobs of this key: a customer, a tenant

  switchyard pause orders --reason "the bank is away"`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, {
      options: { ...pauseFlags, reason: { type: 'string' } },
      words: 1,
    });
    const reason = flags.reason?.trim() ?? '';
    if (reason === '' || reason.length > longestReason)
      throw new UsageError(`--reason must be a text of 1 to ${longestReason} characters\n${usage}`);
    await runAndAnswer('pause', flags, async ({ pool }) => {
      const target = await pauseTarget(pool, { queue: words[0], ...flags }, usage);
      const row = await changeAsOperator(pool, (tx) => pauseIt(tx, target, reason));
      if (row === undefined)
        throw new Refusal('state', 'TRY_AGAIN', 'it was resumed in this very moment; try again');
      const paused = pauseOf(row);
      return {
        json: paused,
        text: `${targetText(target)} is paused by ${visible(paused.pausedBy)} since ${paused.pausedAt}: ${visible(paused.reason)}`,
      };
    });
  },
};
