import { createPool, type Pool } from './database.ts';
import { type ProcessContext, runProcess, type SettingsSource } from './process.ts';
import type { Settings } from './settings.ts';

/** The process of a command of one step on the database: it prints what `answer` says, and ends. */
export function runDatabaseCommand<S extends Settings>(
  name: string,
  source: SettingsSource<S>,
  answer: (pool: Pool, args: readonly string[], context: ProcessContext<S>) => Promise<string>,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  return runProcess(name, source, async (context) => {
    const pool = createPool({
      connectionString: context.settings.databaseUrl,
      applicationName: `switchyard ${name}`,
      max: 1,
      onError: (error) => context.log.warn({ err: error }, 'the database connection broke'),
    });
    try {
      process.stdout.write(`${await answer(pool, args, context)}\n`);
    } finally {
      await pool.end();
    }
  });
}
