import { migrateAll } from './migrations.ts';
import { runProcess } from './process.ts';

await runProcess('migrate', async ({ settings, log, signal }) => {
  const url = settings.databaseDirectUrl ?? settings.databaseUrl;
  const applied = await migrateAll(url, log, settings, { signal });
  if (applied.length === 0) log.info('the database is up to date');
});
