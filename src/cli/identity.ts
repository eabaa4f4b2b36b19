import { keepIdentity, newIdentity } from '../identity/change.ts';
import { describeCopy, isInPlace, readIdentity } from '../identity/database.ts';
import type { Pool } from '../platform/database.ts';
import { runDatabaseCommand } from '../platform/database-command.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { readDefinitions } from '../registry/noted-definitions.ts';
import { engineSettingsSource } from '../settings/engine.ts';
import { type Command, readArguments, UsageError } from './command.ts';

const usageOf = (call: string) => `usage:
  ${call} show
  ${call} keep            this database replaces the one it was copied from
  ${call} new [--force]   this database is a copy, and the other one lives on`;

const usage = usageOf('switchyard identity');

export const identity: Command = {
  help: `${usage}

Says which database this is, or decides it for one that was copied, restored or moved. Until then no process serves it.

  switchyard identity keep`,

  run: (args) =>
    runDatabaseCommand(
      'identity',
      engineSettingsSource,
      async (pool, words) => identityCommand('switchyard identity', await readDefinitions(pool))(pool, words),
      args,
    ),
};

/**
 * Shows, keeps or renews the identity of a database. `call` is how the command is called; `queues` are those besides the watched ones.
 * @throws {UsageError} for arguments that it does not know
 */
export const identityCommand =
  (call: string, queues: readonly QueueDefinition[]) =>
  async (pool: Pool, args: readonly string[]): Promise<string> => {
    const { words, flags } = readArguments([...args], usageOf(call), {
      options: { force: { type: 'boolean' } },
      words: 1,
    });
    if (words[0] === 'show') return show(pool);
    if (words[0] === 'keep') return keep(pool);
    if (words[0] === 'new') return makeNew(pool, queues, flags.force === true);
    throw new UsageError(usageOf(call));
  };

async function show(pool: Pool): Promise<string> {
  const found = await readIdentity(pool);
  return isInPlace(found)
    ? `${found.id}: the database is where it got this identity or kept it (${found.here})`
    : describeCopy(found);
}

async function keep(pool: Pool): Promise<string> {
  const { id, here } = await keepIdentity(pool);
  return `the database ${id} goes on at ${here}; one that is still served elsewhere is refused once this one is served`;
}

async function makeNew(pool: Pool, queues: readonly QueueDefinition[], force: boolean): Promise<string> {
  const { identity: made, setBack } = await newIdentity(pool, queues, { force });
  const jobs = setBack.map(({ queue, jobs }) => `${jobs} of "${queue}"`).join(', ');
  return [
    `this database is ${made.id} from now on`,
    `jobs that were under way wait again: ${jobs || 'there were none'}`,
    'all queues are paused, since their waiting jobs also run where they were copied from. Before you resume them:',
    '  set TASK_QUEUE or TEMPORAL_NAMESPACE, and folders of its own (UPLOAD_ROOT, RESULT_ROOT, …)',
    '  cancel what must not run here, webhooks above all',
    "  SELECT switchyard.resume_queue('invoices')",
  ].join('\n');
}
