import { parseArgs } from 'node:util';
import { keepIdentity, newIdentity } from '../identity/change.ts';
import { describeCopy, isInPlace, readIdentity } from '../identity/database.ts';
import type { Pool } from '../platform/database.ts';
import { SetupError } from '../platform/errors.ts';
import type { QueueDefinition } from '../queues/definition.ts';

export const usageOf = (call: string) => `usage:
  ${call} show
  ${call} keep            this database replaces the one it was copied from
  ${call} new [--force]   this database is a copy, and the other one lives on`;

/**
 * Shows, keeps or renews the identity of a database. `call` is how the command is called; `queues` are those besides the watched ones.
 * @throws {SetupError} for arguments that it does not know, with its usage
 */
export const identityCommand =
  (call: string, queues: readonly QueueDefinition[]) =>
  async (pool: Pool, args: readonly string[]): Promise<string> => {
    const { command, force } = read(args, usageOf(call));
    if (command === 'show') return show(pool);
    if (command === 'keep') return keep(pool);
    if (command === 'new') return makeNew(pool, queues, force);
    throw new SetupError(usageOf(call));
  };

function read(args: readonly string[], usage: string) {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { force: { type: 'boolean' } },
    });
    const [command, ...more] = positionals;
    if (more.length > 0) throw new Error(`too many words: ${more.join(' ')}`);
    return { command, force: values.force === true };
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

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
