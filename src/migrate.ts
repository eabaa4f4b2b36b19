import { migrate } from './platform/migrate.ts';
import { runProcess } from './platform/process.ts';

await runProcess('migrate', async ({ settings, log }) => {
  const applied = await migrate(settings.databaseUrl, log);
  if (applied.length === 0) log.info('the database is up to date');
});
