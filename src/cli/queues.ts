import { readKnownDefinitions } from '../operations/known-definitions.ts';
import { lookUpPollers } from '../operations/pollers.ts';
import { readQueueViews } from '../operations/queue-view.ts';
import { listRegisteredQueues } from '../operations/registered-queue.ts';
import type { QueueView } from '../operations/views.ts';
import { textTable } from '../platform/text-table.ts';
import { type CommandContext, runAndAnswer } from './answer.ts';
import { type Command, readArguments } from './command.ts';
import { bold, warning } from './paint.ts';
import { visible } from './visible.ts';
import { age, numberOr } from './words.ts';

const usage = 'usage: switchyard queues [--json | --names]';

export const queues: Command = {
  help: `${usage}

Shows all queues: what waits and for how long, what runs, how fast, the limit in flight, what is paused, and how many workers poll.

  --json   prints { queues: [ … ] }
  --names  prints the names alone

  switchyard queues`,

  async run(args) {
    const { flags } = readArguments(args, usage, {
      options: { json: { type: 'boolean' }, names: { type: 'boolean' } },
      words: 0,
    });
    await runAndAnswer('queues', flags, async (context) => {
      if (flags.names === true) {
        const names = (await listRegisteredQueues(context.pool)).map(({ name }) => name);
        return { json: names, text: names.map((name) => visible(name)).join('\n') };
      }
      const views = await readViews(context);
      return { json: { queues: views }, text: tableOf(views) };
    });
  },
};

async function readViews({ pool, settings }: CommandContext): Promise<QueueView[]> {
  const views = await readQueueViews(pool, await readKnownDefinitions(pool));
  const pollers = await lookUpPollers(
    settings,
    views.flatMap(({ taskQueue }) => taskQueue ?? []),
  );
  if ('unknown' in pollers) return views;
  return views.map((view) => ({
    ...view,
    pollers: view.taskQueue === null ? null : (pollers.counts.get(view.taskQueue) ?? 0),
  }));
}

function tableOf(views: readonly QueueView[]): string {
  const head = [
    'queue',
    'queued',
    'delayed',
    'processing',
    'parked',
    'failed',
    'oldest',
    'done/min',
    'limit',
    'workers',
    '',
  ];
  return textTable([head.map(bold), ...views.map(lineOf)]);
}

function lineOf(view: QueueView): string[] {
  const { counts, countedUpTo: most } = view;
  const count = (state: keyof NonNullable<QueueView['counts']>) => numberOr(counts?.[state], '?', most);
  return [
    visible(view.name),
    count('queued'),
    count('delayed'),
    count('processing'),
    count('parked'),
    count('failed'),
    age(view.oldestWaitingSeconds),
    numberOr(view.rates?.complete, '?'),
    numberOr(view.inForce.inFlight, ''),
    numberOr(view.pollers, '?'),
    notesOf(view).map(warning).join('; '),
  ];
}

const notesOf = (view: QueueView): string[] => [
  ...(view.problem === null ? [] : [visible(view.problem)]),
  ...view.pauses
    .filter(({ scope }) => scope !== 'key')
    .map(({ scope, system, pausedBy, reason }) =>
      scope === 'system'
        ? `system ${visible(system ?? '')} paused: ${visible(reason, 60)}`
        : `paused by ${visible(pausedBy)}: ${visible(reason, 60)}`,
    ),
  ...(view.pauses.some(({ scope }) => scope === 'key') ? ['some keys are paused'] : []),
  ...(view.served === false ? ['no starter'] : []),
  ...(view.pollers === 0 ? ['no worker'] : []),
];
