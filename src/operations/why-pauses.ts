import type { Pool } from '../platform/database.ts';
import { type DatabaseTime, iso } from '../platform/database-types.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { WhyStatements } from '../sql/why.ts';
import type { WaitReason } from './views.ts';
import { command, quoted, shortened } from './why-words.ts';

interface PauseRow {
  scope: 'queue' | 'key' | 'system';
  key: string | null;
  system: string | null;
  reason: string;
  paused_by: string;
  paused_at: DatabaseTime;
  automatic: boolean;
}

interface Pausing {
  /** Set by the breaker of a system. */
  automatic: boolean;
  reason: WaitReason;
}

/** The pauses that hold the jobs of this key, those by hand first. */
export async function pausesOf(
  { pool, queue, statements }: { pool: Pool; queue: QueueDefinition; statements: WhyStatements },
  key: string,
): Promise<Pausing[]> {
  const { rows } = await pool.query<PauseRow>(statements.pauses, [key]);
  return rows.map((row) => ({ automatic: row.automatic, reason: paused(queue.name, row) }));
}

function paused(queue: string, row: PauseRow): WaitReason {
  const since = `since ${iso(row.paused_at)}: ${shortened(row.reason)}`;
  if (row.automatic)
    return {
      code: 'PAUSED',
      text: `the system ${quoted(row.system ?? '')} is out of order ${since}; a few jobs at a time try it`,
      wayOut: 'wait: the pause ends by itself as soon as one job comes through',
    };
  const [what, words] = {
    queue: [`the queue ${quoted(queue)} is`, ['resume', queue]],
    key: [`the key ${quoted(row.key ?? '')} is`, ['resume', queue, '--key', row.key ?? '']],
    system: [
      `the system ${quoted(row.system ?? '')}, which its jobs need, is`,
      ['resume', '--system', row.system ?? ''],
    ],
  }[row.scope] as [string, string[]];
  return {
    code: 'PAUSED',
    text: `${what} paused by ${shortened(row.paused_by)} ${since}`,
    wayOut: command(...words),
  };
}
