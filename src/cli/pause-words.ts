import type { PauseTarget } from '../api/queue-queries.ts';
import { jobTable } from '../operations/job-table.ts';
import { readKnownDefinitions } from '../operations/known-definitions.ts';
import { Refusal } from '../operations/refusal.ts';
import { quoted } from '../operations/registered-queue.ts';
import type { Pool } from '../platform/database.ts';
import { UsageError } from './command.ts';
import { queueNamed } from './named.ts';
import { didYouMean } from './similar.ts';
import { visible } from './visible.ts';

export const pauseFlags = {
  key: { type: 'string' },
  system: { type: 'string' },
  json: { type: 'boolean' },
} as const;

interface Given {
  queue: string | undefined;
  key?: string | undefined;
  system?: string | undefined;
}

/**
 * What the words name: a queue, a key of it, or a system.
 * @throws {UsageError} for words that name none, or two
 */
export async function pauseTarget(
  pool: Pool,
  { queue, key, system }: Given,
  usage: string,
): Promise<PauseTarget> {
  if (system !== undefined) {
    if (queue !== undefined || key !== undefined)
      throw new UsageError(`--system stands alone, without QUEUE and --key\n${usage}`);
    await requireSystem(pool, system);
    return { scope: 'system', queue: null, key: null, system };
  }
  if (!queue) throw new UsageError(`QUEUE or --system is missing\n${usage}`);
  const found = await queueNamed(pool, queue);
  if (key === undefined) return { scope: 'queue', queue: found.name, key: null, system: null };
  if (found.kind === 'watched' && !jobTable(found).has('key'))
    throw new Refusal('bad', 'NO_KEYS', `the jobs of queue ${found.name} have no key`);
  return { scope: 'key', queue: found.name, key, system: null };
}

/** A system that no queue is known to need would be paused without any effect. */
async function requireSystem(pool: Pool, system: string): Promise<void> {
  const definitions = await readKnownDefinitions(pool);
  const known = [...new Set([...definitions.values()].flatMap(({ needs }) => needs))];
  if (known.includes(system)) return;
  const list = known.length === 0 ? 'no queue is known to need any' : `known are ${known.join(', ')}`;
  throw new Refusal(
    'missing',
    'NO_SUCH_SYSTEM',
    `no queue needs a system ${quoted(system)}; ${list}${didYouMean(system, known)}`,
  );
}

export const targetText = ({ scope, queue, key, system }: PauseTarget): string =>
  ({
    queue: `the queue ${visible(queue ?? '')}`,
    key: `the key ${visible(key ?? '')} of the queue ${visible(queue ?? '')}`,
    system: `the system ${visible(system ?? '')}`,
  })[scope];
