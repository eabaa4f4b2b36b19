import type { WatchedQueue } from '../client/define-queue.ts';
import { queueSql, queueStatement } from '../client/queue-statement.ts';
import { lookUpPollers, pollersWarning } from '../operations/pollers.ts';
import { quoteLiteral } from '../platform/database.ts';
import { type Answer, type CommandContext, runAndAnswer } from './answer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { printMigration } from './print-migration.ts';
import { queueFlags, queueOfFlags } from './queue-flags.ts';

const usage = `usage: switchyard add-queue NAME --workflow WORKFLOW --task-queue QUEUE [--max-in-flight N] [--max-per-key N] [--no-fair]
         [--execution-timeout TIME] [--run-timeout TIME] [--input-is-args] [--sql [--undo]] [--json]
       for the rows of a table of yours also: --table SCHEMA.TABLE [--id COLUMN] [--workflow-id TEMPLATE] [--start-when EXPRESSION]
         [--input EXPRESSION] [--key EXPRESSION] [--priority EXPRESSION] [--run-at EXPRESSION] [--search-attributes EXPRESSION]
         [--mirror FIELD=COLUMN,…]`;

export const dropCaveats = `It is refused while jobs are in flight; drop_queue(…, force => true) leaves their workflows to run on. The job
table goes with all jobs in it; the history of the jobs, switchyard.job_events, stays.`;

export const addQueue: Command = {
  help: `${usage}

Makes a queue: each job starts WORKFLOW on the task queue QUEUE. With --table the rows of that table are the jobs; else
switchyard.enqueue makes them. An EXPRESSION is SQL of NEW, the row, or the name of a column; a TEMPLATE is a text with columns in
it, order-{id}; a TIME is 30s, 2h, 7 days.

  --sql    prints it as a migration instead, for Prisma, Drizzle or Flyway, and needs no database
  --undo   prints what undoes that migration
  --json   prints one JSON value

  switchyard add-queue emails --workflow SendEmail --task-queue mail
  switchyard add-queue orders --table public.orders --workflow ProcessOrder --task-queue orders-go \\
    --start-when "NEW.state = 'paid'" --input "jsonb_build_object('orderId', NEW.id)" --mirror status=job_status`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, {
      options: {
        ...queueFlags,
        sql: { type: 'boolean' },
        undo: { type: 'boolean' },
        json: { type: 'boolean' },
      },
      words: 1,
    });
    const [name] = words;
    if (!name) throw new UsageError(`NAME is missing\n${usage}`);
    const queue = queueOfFlags(name, flags);
    const { sql, undo, json } = flags as { sql?: boolean; undo?: boolean; json?: boolean };
    if (undo === true && sql !== true) throw new UsageError(`--undo goes with --sql\n${usage}`);
    if (sql === true) {
      const { create, drop } = queueSql(queue);
      return printMigration({ up: create, down: drop }, { undo, json }, dropCaveats);
    }
    await runAndAnswer('add-queue', { json }, (context) => create(context, queue));
  },
};

async function create({ pool, settings }: CommandContext, queue: WatchedQueue): Promise<Answer> {
  const { text, values } = queueStatement(queue);
  await pool.query(text, values);
  const { workflow, taskQueue, table = null } = queue.options;
  const pollers = await lookUpPollers(settings, [taskQueue]);
  const warnings = [pollersWarning(pollers, taskQueue) ?? []].flat();
  return {
    json: {
      queue: queue.name,
      workflow,
      taskQueue,
      table,
      pollers: 'counts' in pollers ? (pollers.counts.get(taskQueue) ?? 0) : null,
      warnings,
    },
    text: [
      `The queue "${queue.name}" is there: each job starts ${workflow} on the task queue ${JSON.stringify(taskQueue)}.`,
      ...next(queue),
    ].join('\n'),
    warnings,
  };
}

/** What makes its jobs. */
function next({ name, options: { table, startWhen } }: WatchedQueue): string[] {
  if (table === undefined)
    return [`A job of it: SELECT switchyard.enqueue(${quoteLiteral(name)}, '{"some": "input"}');`];
  return [
    startWhen === undefined
      ? `Each row that is inserted into ${table} is a job from now on.`
      : `Each row of ${table} is a job as soon as this is true of it: ${startWhen}`,
    `For rows that are there already: CALL switchyard.enqueue_existing(${quoteLiteral(name)}, 'true');`,
  ];
}
