import { createPool, type Pool } from '../platform/database.ts';
import { type ProcessContext, runProcess } from '../platform/process.ts';
import { engineSettingsSource } from '../settings/engine.ts';
import { asToldError } from './database-failures.ts';

/** What a command has to say: to people, and to programs. */
export interface Answer {
  text: string;
  json: unknown;
  /** For people, on standard error. */
  warnings?: readonly string[];
  /** What the process ends with; left out: 0. */
  code?: number;
  /** It has printed what it had to say. */
  isPrinted?: boolean;
}

export interface CommandContext extends ProcessContext {
  pool: Pool;
}

/** A statement of a person who waits for it: longer than a lock is waited for, and not for ever. */
const statementTimeoutMs = 120_000;

/**
 * Runs a command of one step on the database of the environment and prints its answer on standard output, where nothing else is printed: the
 * log goes to standard error. A Ctrl-C ends it at once, and undoes what it did not commit.
 */
export function runAndAnswer(
  name: string,
  { json = false }: { json?: boolean | undefined },
  answer: (context: CommandContext) => Promise<Answer>,
): Promise<void> {
  return runProcess(
    name,
    engineSettingsSource,
    async (context) => {
      context.signal.addEventListener('abort', () => process.exit(130));
      const pool = createPool({
        connectionString: context.settings.databaseUrl,
        applicationName: `switchyard ${name}`,
        max: 4,
        statementTimeoutMs,
        onError: (error) => context.log.warn({ err: error }, 'the database connection broke'),
      });
      try {
        const answered = await answer({ ...context, pool });
        printAnswer(answered, json);
        return answered.code ?? 0;
      } catch (error) {
        throw asToldError(error);
      } finally {
        await pool.end();
      }
    },
    'stderr',
  );
}

export function printAnswer(answer: Answer, json = false): void {
  for (const warning of json ? [] : (answer.warnings ?? [])) process.stderr.write(`Warning: ${warning}\n`);
  if (answer.isPrinted) return;
  process.stdout.write(`${json ? JSON.stringify(answer.json, null, 2) : answer.text}\n`);
}
