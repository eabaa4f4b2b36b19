import { setKeyLimit } from '../api/key-limits.ts';
import { setLimits } from '../api/queue-queries.ts';
import { readKnownDefinitions } from '../operations/known-definitions.ts';
import { limitsOf } from '../operations/queue-view.ts';
import { type RegisteredQueue, requireQueue } from '../operations/registered-queue.ts';
import type { Pool } from '../platform/database.ts';
import { keyLimits } from '../sql/key-limits.ts';
import { runAndAnswer } from './answer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { type LimitChange, readLimitChange } from './limit-flags.ts';
import { limitsText, type ShownLimits } from './limits-text.ts';
import { queueNamed } from './named.ts';
import { changeAsOperator } from './operator.ts';

const usage = `usage: switchyard limits QUEUE [--in-flight N|none] [--per-key N|none] [--rate N|none] [--fair yes|no|none] [--json]
       switchyard limits QUEUE --key KEY --in-flight N|none [--json]`;

export const limits: Command = {
  help: `${usage}

Shows the limits of a queue and of its keys, and sets those that are given; they hold from the next claim on. \`none\` goes back to what
the queue's definition says.

  --in-flight  how many of its jobs run at once
  --per-key    how many of each key run at once
  --rate       how many start in a second
  --fair       whether keys take turns, whatever each has waiting
  --key        the limit of one key, in place of --per-key

  switchyard limits orders --in-flight 50
  switchyard limits orders --key acme --in-flight 5`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, {
      options: {
        'in-flight': { type: 'string' },
        'per-key': { type: 'string' },
        rate: { type: 'string' },
        fair: { type: 'string' },
        key: { type: 'string' },
        json: { type: 'boolean' },
      },
      words: 1,
    });
    const [name] = words;
    if (!name) throw new UsageError(`QUEUE is missing\n${usage}`);
    const change = readLimitChange(flags, usage);
    await runAndAnswer('limits', flags, async ({ pool }) => {
      const queue = await queueNamed(pool, name);
      if (change !== undefined) await changeAsOperator(pool, (tx) => set(tx, queue, change));
      const shown = await readLimits(pool, name);
      return { json: shown, text: limitsText(shown) };
    });
  },
};

async function set(
  tx: Parameters<typeof setLimits>[0],
  queue: RegisteredQueue,
  change: LimitChange,
): Promise<void> {
  if ('key' in change) return setKeyLimit(tx, queue.name, change.key, change.inFlight);
  const now = limitsOf(queue, undefined).limits;
  await setLimits(tx, queue.name, {
    in_flight: change.inFlight === undefined ? now.inFlight : change.inFlight,
    in_flight_per_key: change.inFlightPerKey === undefined ? now.inFlightPerKey : change.inFlightPerKey,
    starts_per_second: change.startsPerSecond === undefined ? now.startsPerSecond : change.startsPerSecond,
    fair: change.fair === undefined ? now.fair : change.fair,
  });
}

async function readLimits(pool: Pool, name: string): Promise<ShownLimits> {
  const [queue, definitions, keys] = await Promise.all([
    requireQueue(pool, name),
    readKnownDefinitions(pool),
    pool.query<{ key: string; inFlight: number }>(keyLimits, [name]),
  ]);
  return { queue: name, ...limitsOf(queue, definitions.get(name)), keys: keys.rows };
}
