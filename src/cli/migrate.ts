import { type ProcessContext, runProcess } from '../platform/process.ts';
import { engineSettingsSource } from '../settings/engine.ts';
import type { Pipeline } from '../worker/pipeline.ts';
import { applicationFlag, loadApplication, sourceOf } from './application.ts';
import { type Command, readArguments } from './command.ts';
import { migrateMany } from './migrate-many.ts';

const usage = 'usage: switchyard migrate [--app FILE]';

export const migrate: Command = {
  help: `${usage}

Brings the database up to date: the schema of the engine, then that of the application in FILE. With DATABASES, all of these databases,
one after the other, and gives each that has none its name as the prefix of its workflow ids.

  switchyard migrate
  switchyard migrate --app application.js`,

  async run(args) {
    const { flags } = readArguments(args, usage, { options: applicationFlag, words: 0 });
    if (flags.app === undefined)
      return runProcess('migrate', engineSettingsSource, (context) =>
        context.settings.databases === undefined
          ? migrateAll(context, [])
          : migrateMany(context, context.settings.databases),
      );
    const application = await loadApplication(flags.app);
    const { pipelines } = application;
    await runProcess('migrate', sourceOf(application), (context) => migrateAll(context, pipelines));
  },
};

async function migrateAll({ settings, log, signal }: ProcessContext, pipelines: readonly Pipeline[]) {
  const { migratePipelines } = await import('../admin/migrate-pipelines.ts');
  const url = settings.databaseDirectUrl ?? settings.databaseUrl;
  const applied = await migratePipelines(url, log, pipelines, { signal });
  if (applied.length === 0) log.info('the database is up to date');
}
