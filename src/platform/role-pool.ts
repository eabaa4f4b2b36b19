import { createPool, type Pool } from './database.ts';
import type { ProcessContext } from './process.ts';

/** How the connections of a role call themselves, in `pg_stat_activity` and as the actor of events. */
export const applicationNameOf = (role: string, { workerId }: { workerId: string }): string =>
  `switchyard ${role} ${workerId}`;

/** The longest statements of a role walk over a million rows in some seconds. */
const statementTimeoutMs = 60_000;

/** The pool of a role's process, by its settings. */
export function openRolePool(
  role: string,
  { settings, log }: Pick<ProcessContext, 'settings' | 'log'>,
): Pool {
  return createPool({
    connectionString: settings.databaseUrl,
    applicationName: applicationNameOf(role, settings),
    max: settings.databasePoolSize,
    statementTimeoutMs,
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
}
