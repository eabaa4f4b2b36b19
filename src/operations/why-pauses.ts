import type { Pool } from '../platform/database.ts';
import { iso } from '../platform/database-types.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { WhyStatements } from '../sql/why.ts';
import type { PauseRow } from './around-queues.ts';
import type { WaitReason } from './views.ts';
import { command, quoted, shortened } from './why-words.ts';

/** A pause of the queue that is asked about. */
type QueuePauseRow = Omit<PauseRow, 'queue'>;

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
  const { rows } = await pool.query<QueuePauseRow>(statements.pauses, [key]);
  return rows.map((row) => ({ automatic: row.automatic, reason: paused(queue.name, row) }));
}

function paused(queue: string, row: QueuePauseRow): WaitReason {
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
