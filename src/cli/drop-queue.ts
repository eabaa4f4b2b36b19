import { quoteLiteral } from '../platform/database.ts';
import { runAndAnswer } from './answer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { printMigration } from './print-migration.ts';

const usage = 'usage: switchyard drop-queue NAME [--force] [--sql] [--json]';

export const dropQueue: Command = {
  help: `${usage}

Removes a watched queue: its job table with all jobs, and its triggers on your table. The history of its jobs,
switchyard.job_events, stays. It is refused while jobs are in flight.

  --force  drops it with jobs in flight: their workflows go on, and nobody writes down how they end
  --sql    prints it as a migration instead, and needs no database
  --json   prints one JSON value

  switchyard drop-queue emails`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, {
      options: { force: { type: 'boolean' }, sql: { type: 'boolean' }, json: { type: 'boolean' } },
      words: 1,
    });
    const [name] = words;
    if (!name) throw new UsageError(`NAME is missing\n${usage}`);
    const force = flags.force === true;
    if (flags.sql === true) {
      const up = `SELECT switchyard.drop_queue(${quoteLiteral(name)}${force ? ', force => true' : ''});`;
      return printMigration({ up, down: '' }, { json: flags.json }, '');
    }
    await runAndAnswer('drop-queue', flags, async ({ pool }) => {
      await pool.query('SELECT switchyard.drop_queue($1::text, $2::boolean)', [name, force]);
      return {
        json: { queue: name, dropped: true },
        text: `The queue "${name}" is gone, with its jobs and its triggers. The history of its jobs stays in switchyard.job_events.`,
      };
    });
  },
};
