import { runProcess } from '../platform/process.ts';
import { applicationFlag, loadApplication, sourceOf } from './application.ts';
import { type Command, readArguments, UsageError } from './command.ts';

const usage = 'usage: switchyard migrate --app FILE';

export const migrate: Command = {
  help: `${usage}

Brings the database up to date: the schema of the engine, then that of the application in FILE.

  switchyard migrate --app application.js`,

  async run(args) {
    const { flags } = readArguments(args, usage, { options: applicationFlag, words: 0 });
    if (flags.app === undefined) throw new UsageError(usage);
    const application = await loadApplication(flags.app);
    const { migratePipelines } = await import('../admin/migrate-pipelines.ts');
    await runProcess('migrate', sourceOf(application), async ({ settings, log, signal }) => {
      const url = settings.databaseDirectUrl ?? settings.databaseUrl;
      await migratePipelines(url, log, application.pipelines, { signal });
    });
  },
};
