import { parseArgs } from 'node:util';
import { type Pool, type QueueDefinition, SetupError } from 'pg-switchyard';
import { describeCopy, isInPlace, keepIdentity, newIdentity, readIdentity } from 'pg-switchyard/admin';
import { runDatabaseCommand } from './process.ts';
import { defineQueues } from './queues.ts';

const usage = `usage:
  npm run identity -- show
  npm run identity -- keep            this database replaces the one it was copied from
  npm run identity -- new [--force]   this database is a copy, and the other one lives on`;

await runDatabaseCommand('identity', (pool, args, { settings }) =>
  answer(pool, defineQueues(settings), args),
);

async function answer(
  pool: Pool,
  queues: readonly QueueDefinition[],
  args: readonly string[],
): Promise<string> {
  const { command, force } = readArguments(args);
  if (command === 'show') return show(pool);
  if (command === 'keep') return keep(pool);
  if (command === 'new') return makeNew(pool, queues, force);
  throw new SetupError(usage);
}

function readArguments(args: readonly string[]) {
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
  const identity = await readIdentity(pool);
  return isInPlace(identity)
    ? `${identity.id}: the database is where it got this identity or kept it (${identity.here})`
    : describeCopy(identity);
}

async function keep(pool: Pool): Promise<string> {
  const { id, here } = await keepIdentity(pool);
  return `the database ${id} goes on at ${here}; one that is still served elsewhere is refused once this one is served`;
}

async function makeNew(pool: Pool, queues: readonly QueueDefinition[], force: boolean): Promise<string> {
  const { identity, setBack } = await newIdentity(pool, queues, { force });
  const jobs = setBack.map(({ queue, jobs }) => `${jobs} of "${queue}"`).join(', ');
  return [
    `this database is ${identity.id} from now on`,
    `jobs that were under way wait again: ${jobs || 'there were none'}`,
    'all queues are paused, since their waiting jobs also run where they were copied from. Before you resume them:',
    '  set TASK_QUEUE or TEMPORAL_NAMESPACE, and folders of its own (UPLOAD_ROOT, RESULT_ROOT, …)',
    '  cancel what must not run here, webhooks above all',
    "  SELECT switchyard.resume_queue('invoices')",
  ].join('\n');
}
