import type { WatchedQueue } from '../client/define-queue.ts';
import { lookUpPollers, pollersWarning } from '../operations/pollers.ts';
import { textTable } from '../platform/text-table.ts';
import { watchedNames } from '../sql/queue-definitions.ts';
import { type Answer, type CommandContext, runAndAnswer } from './answer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { migrationText } from './print-migration.ts';
import { loadQueues } from './queue-file.ts';
import { type Outcome, syncQueue } from './sync-queue.ts';
import { visible } from './visible.ts';

const usage = 'usage: switchyard sync FILE [--dry-run | --sql [--undo]] [--json]';

export const sync: Command = {
  help: `${usage}

Makes the queues that FILE defines: a module, .js or .ts, which exports what defineQueue answers. Those that are missing are made, those
that differ are changed in place, and none is dropped. Again it does nothing.

  --dry-run  says what it would do
  --sql      prints what it would do as a migration, for Prisma, Drizzle or Flyway
  --undo     prints what undoes that migration
  --json     prints one JSON value

It ends with 1 when a queue could not be made or changed; the others are.

  switchyard sync queues.ts`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, {
      options: {
        'dry-run': { type: 'boolean' },
        sql: { type: 'boolean' },
        undo: { type: 'boolean' },
        json: { type: 'boolean' },
      },
      words: 1,
    });
    const [file] = words;
    if (!file) throw new UsageError(`FILE is missing\n${usage}`);
    if (flags.undo === true && flags.sql !== true) throw new UsageError(`--undo goes with --sql\n${usage}`);
    const queues = await loadQueues(file);
    const dryRun = flags['dry-run'] === true || flags.sql === true;
    await runAndAnswer('sync', flags, async (context) => {
      const outcomes: Outcome[] = [];
      for (const queue of queues) outcomes.push(await syncQueue(context.pool, queue, { dryRun }));
      const code = outcomes.some(({ action }) => action === 'refused') ? 1 : 0;
      if (flags.sql === true) return { ...sqlAnswer(outcomes, flags.undo === true), code };
      return { ...(await answerOf(context, { file, queues, outcomes, dryRun })), code };
    });
  },
};

function sqlAnswer(outcomes: readonly Outcome[], undo: boolean): Answer {
  const steps = outcomes.flatMap(({ sql }) => sql ?? []);
  const up = steps.map((step) => step.up).join('\n');
  const down = steps
    .map((step) => step.down)
    .reverse()
    .join('\n');
  const notDone = outcomes.flatMap(({ queue, reason }) => (reason === null ? [] : [`${queue}: ${reason}`]));
  const text = steps.length === 0 ? '-- There is nothing to do.' : migrationText({ up, down }, { undo });
  return { json: { up, down, refused: notDone }, text, warnings: notDone };
}

interface Synced {
  file: string;
  queues: readonly WatchedQueue[];
  outcomes: readonly Outcome[];
  dryRun: boolean;
}

async function answerOf(
  { pool, settings }: CommandContext,
  { file, queues, outcomes, dryRun }: Synced,
): Promise<Answer> {
  const { rows } = await pool.query<{ name: string }>(watchedNames);
  const others = rows.map(({ name }) => name).filter((name) => !queues.some((queue) => queue.name === name));
  const taskQueues = [...new Set(queues.map(({ options }) => options.taskQueue))];
  const pollers = await lookUpPollers(settings, taskQueues);
  const warnings = taskQueues.flatMap((name) => pollersWarning(pollers, name) ?? []);
  return {
    json: { dryRun, queues: outcomes.map(({ sql: _, ...outcome }) => outcome), notInFile: others, warnings },
    text: textTable([
      ...outcomes.map((outcome) => [
        dryRun ? planned[outcome.action] : outcome.action,
        outcome.queue,
        details(outcome),
      ]),
      ...others.map((name) => ['left', name, `not in ${file}; switchyard drop-queue ${name} removes it`]),
    ]),
    warnings,
  };
}

const planned: Record<Outcome['action'], string> = {
  created: 'to create',
  changed: 'to change',
  unchanged: 'unchanged',
  refused: 'refused',
};

const details = ({ changes, reason }: Outcome): string =>
  reason === null
    ? changes.map(({ field, from, to }) => `${field} ${shown(from)} → ${shown(to)}`).join(', ')
    : reason.replaceAll('\n', ' ');

const shown = (value: unknown): string => (value === null ? 'none' : visible(JSON.stringify(value), 60));
