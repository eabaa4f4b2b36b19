import { createPool, type Pool } from './database.ts';
import type { ProcessContext } from './process.ts';
import { applicationNameOf } from './process-name.ts';

/** The longest statements of a role walk over a million rows in some seconds. */
const statementTimeoutMs = 60_000;
/** These send the same few statements again and again. */
const preparing: ReadonlySet<string> = new Set(['starter', 'worker']);

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
    prepares: preparing.has(role),
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
  });
}
