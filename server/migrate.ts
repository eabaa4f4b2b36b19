import { migrate } from '../src/platform/migrate.ts';
import { runProcess } from './process.ts';
import { defineQueues } from './queues.ts';

await runProcess('migrate', async ({ settings, log, signal }) => {
  const installs = defineQueues(settings).flatMap((queue) => queue.install ?? []);
  const applied = await migrate(settings.databaseDirectUrl ?? settings.databaseUrl, log, installs, {
    signal,
  });
  if (applied.length === 0) log.info('the database is up to date');
});
