import { migratePipelines } from '../admin/migrate-pipelines.ts';
import { runAndAnswer } from './answer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { printMigration } from './print-migration.ts';
import { schemaSql } from './schema-sql.ts';

const usage =
  'usage: switchyard init [--json], or switchyard init --sql [--undo] [--after MIGRATION] [--json]';

const next = `
Make a queue, put a job into it, and start the process that starts its workflows:
  switchyard add-queue emails --workflow SendEmail --task-queue mail
  psql "$DATABASE_URL" -c "SELECT switchyard.enqueue('emails', '{\\"to\\": \\"a@example.org\\"}')"
  switchyard start starter`;

const undoCaveats = `All queues, jobs, events and pauses go with the schemas, and the triggers on your tables with them. Stop all
starters and workers first, and let workflows in flight end: nobody writes down how they do afterwards.
The roles switchyard_* stay: they belong to the whole server.`;

export const init: Command = {
  help: `${usage}

Makes Switchyard's schema in the database that DATABASE_URL names, or brings it up to date. It does no harm again.

  --sql    prints it as one migration instead, for Prisma, Drizzle or Flyway, and needs no database
  --undo   prints what undoes that migration
  --after  prints only what came after this migration of ours, to upgrade: SELECT max(name) FROM switchyard.migrations
  --json   prints one JSON value

  DATABASE_URL=postgres://localhost/shop switchyard init
  switchyard init --sql > V7__switchyard.sql`,

  async run(args) {
    const { flags } = readArguments(args, usage, {
      options: {
        sql: { type: 'boolean' },
        undo: { type: 'boolean' },
        after: { type: 'string' },
        json: { type: 'boolean' },
      },
      words: 0,
    });
    if (flags.sql === true) {
      if (flags.undo === true && flags.after !== undefined)
        throw new UsageError(`what came after a migration has no undo of its own\n${usage}`);
      return printMigration(await schemaSql(flags.after), flags, undoCaveats);
    }
    if (flags.undo === true || flags.after !== undefined)
      throw new UsageError(`--undo and --after go with --sql\n${usage}`);
    await runAndAnswer('init', flags, async ({ settings, log, signal }) => {
      const url = settings.databaseDirectUrl ?? settings.databaseUrl;
      const migrations = await migratePipelines(url, log, [], { signal });
      const done =
        migrations.length > 0
          ? `The schema switchyard is up to date: ${migrations.length} migrations ran now.`
          : 'The schema switchyard was up to date.';
      return { json: { migrations }, text: `${done}\n${next}` };
    });
  },
};
